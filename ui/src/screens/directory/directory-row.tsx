/** One entry of a directory, to read; a pencil turns it into its editor. */
import { ActionIcon, Group, Pill, Switch, Table, Text, Tooltip } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pencil, Trash2 } from 'lucide-react';
import { memo, useState } from 'react';
import type { Extension } from '../../../../controller/contract/extension.ts';
import { directoryQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { readStored, type Stored } from '../../api/stored.ts';
import { showFailure } from '../../components/show-failure.ts';
import { useMay } from '../../session/use-session.ts';
import { t } from '../../texts/texts.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { EditRow } from './edit-row.tsx';

const words = t.directory;

export const DirectoryRow = memo(({ entry }: { entry: Extension }) => {
  const [edited, setEdited] = useState<Stored<Extension> | null>(null);
  const [isDeleting, setDeleting] = useState(false);
  const queries = useQueryClient();
  const isAllowed = useMay('operator');
  const enable = useMutation({
    mutationFn: (enabled: boolean) =>
      request<Extension>('PATCH', `/trunks/${entry.trunkId}/extensions/${entry.id}`, { body: { enabled } }),
    onSuccess: (changed) =>
      queries.setQueryData(directoryQuery(entry.trunkId).queryKey, (entries) =>
        entries?.map((one) => (one.id === changed.id ? changed : one)),
      ),
    onError: showFailure,
  });
  const edit = useMutation({
    mutationFn: () => readStored<Extension>(`/trunks/${entry.trunkId}/extensions/${entry.id}`),
    onSuccess: setEdited,
    onError: showFailure,
  });
  if (edited !== null)
    return <EditRow trunkId={entry.trunkId} stored={edited} onDone={() => setEdited(null)} />;
  return (
    <Table.Tr {...(entry.enabled ? {} : { c: 'dimmed' })}>
      <Table.Td fw={600} className="tabular">
        {entry.ext}
      </Table.Td>
      <Table.Td>{entry.name}</Table.Td>
      <Table.Td>{entry.owner}</Table.Td>
      <Table.Td>{entry.department}</Table.Td>
      <Table.Td>
        <Group gap={4}>
          {entry.aliases.map((alias) => (
            <Pill key={alias} size="sm">
              {alias}
            </Pill>
          ))}
          {entry.aliases.length === 0 && <Text fz="sm" c="dimmed" />}
        </Group>
      </Table.Td>
      <Table.Td>
        <Switch
          size="xs"
          checked={enable.isPending ? enable.variables : entry.enabled}
          disabled={!isAllowed}
          aria-label={words.enabledOf(entry.name)}
          onChange={(event) => enable.mutate(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        {isAllowed && (
          <Group gap={2} justify="flex-end" wrap="nowrap">
            <Tooltip label={t.common.edit}>
              <ActionIcon
                variant="subtle"
                color="gray"
                c="var(--mantine-color-dimmed)"
                aria-label={words.editRow(entry.name)}
                loading={edit.isPending}
                onClick={() => edit.mutate()}
              >
                <Pencil size={15} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={t.common.delete}>
              <ActionIcon
                variant="subtle"
                color="gray"
                c="var(--mantine-color-dimmed)"
                aria-label={words.deleteRow(entry.name)}
                onClick={() => setDeleting(true)}
              >
                <Trash2 size={15} />
              </ActionIcon>
            </Tooltip>
          </Group>
        )}
        {isDeleting && <DeleteDialog entry={entry} onDone={() => setDeleting(false)} />}
      </Table.Td>
    </Table.Tr>
  );
});
DirectoryRow.displayName = 'DirectoryRow';
