/** A button that asks before it does something that people regret. */
import { Button, type ButtonProps, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { t } from '../texts/texts.ts';

export const ConfirmButton = (props: {
  /** on the button, and on the one that confirms */
  label: string;
  title: string;
  text: string;
  onConfirm: () => void;
  isDangerous?: boolean;
  isPending?: boolean;
  size?: ButtonProps['size'];
}) => {
  const { label, title, text, onConfirm, isDangerous = false, isPending = false, size = 'sm' } = props;
  const [opened, { open, close }] = useDisclosure(false);
  const confirm = (): void => {
    close();
    onConfirm();
  };
  return (
    <>
      <Button
        variant="default"
        size={size}
        {...(isDangerous ? { c: 'var(--offhook-bad)' } : {})}
        loading={isPending}
        onClick={open}
      >
        {label}
      </Button>
      <Modal opened={opened} onClose={close} title={title}>
        <Stack gap="lg">
          <Text fz="sm">{text}</Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close} data-autofocus>
              {t.common.cancel}
            </Button>
            <Button {...(isDangerous ? { color: '#b3261e' } : {})} onClick={confirm}>
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
};
