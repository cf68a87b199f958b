/** Asks before an entry is deleted from a directory. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Extension } from '../../../../controller/contract/extension.ts';
import { directoryQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { t } from '../../texts/texts.ts';

const words = t.directory;

export const DeleteDialog = ({ entry, onDone }: { entry: Extension; onDone: () => void }) => {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => request('DELETE', `/trunks/${entry.trunkId}/extensions/${entry.id}`),
    onSuccess: () => {
      onDone();
      queries.setQueryData(directoryQuery(entry.trunkId).queryKey, (entries) =>
        entries?.filter(({ id }) => id !== entry.id),
      );
    },
  });
  const name = `${entry.ext} ${entry.name}`;
  return (
    <Modal opened onClose={onDone} title={words.deleteTitle(name)}>
      <Stack gap="lg">
        <Text fz="sm">{words.deleteText}</Text>
        <FailureNote error={remove.error} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onDone} data-autofocus>
            {t.common.cancel}
          </Button>
          <Button color="#b3261e" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t.common.delete}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
