/** Whether to leave without saving. Staying is what Enter and Escape do. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { t } from '../texts/texts.ts';

const words = t.forms.unsaved;

export const LeaveQuestion = ({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) => (
  <Modal opened onClose={onStay} title={words.title}>
    <Stack gap="lg">
      <Text fz="sm">{words.text}</Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onLeave}>
          {words.leave}
        </Button>
        <Button onClick={onStay} data-autofocus>
          {words.stay}
        </Button>
      </Group>
    </Stack>
  </Modal>
);
