/** A trunk's directory: search, edit in place, import and export, and what the agent makes of a phrase. */
import { Button, Group, Pagination, Paper, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { BookUser, Plus, Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Extension } from '../../../../controller/contract/extension.ts';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { directoryQuery } from '../../api/queries.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { notYet } from '../../forms/use-stored-form.ts';
import { Allowed } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import { DirectoryRow } from './directory-row.tsx';
import { EditRow } from './edit-row.tsx';
import { ExportButton } from './export-button.tsx';
import { ImportButton } from './import-dialog.tsx';
import { TryPhrase } from './try-phrase.tsx';

const words = t.directory;
const rowsOnPage = 50;

export const DirectoryPanel = ({ trunk }: { trunk: Trunk }) => {
  const directory = useQuery(directoryQuery(trunk.id));
  const [isAdding, setAdding] = useState(false);
  return (
    <Loaded query={directory}>
      {(entries) => (
        <Stack gap="lg">
          <TryPhrase trunkId={trunk.id} />
          <Stack gap="sm">
            <Group justify="space-between" gap="sm">
              <Text fz="sm" c="dimmed" flex="1 1 260px">
                {words.text}
              </Text>
              <Group gap="xs">
                <Allowed role="operator">
                  <ImportButton trunkId={trunk.id} />
                </Allowed>
                <ExportButton trunk={trunk} isDisabled={entries.length === 0} />
                <Allowed role="operator">
                  <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}>
                    {words.add}
                  </Button>
                </Allowed>
              </Group>
            </Group>
            {entries.length === 0 && !isAdding ? (
              <Paper>
                <Empty icon={BookUser} title={words.none} text={words.noneDo} />
              </Paper>
            ) : (
              <DirectoryTable
                trunkId={trunk.id}
                entries={entries}
                isAdding={isAdding}
                onAdded={() => setAdding(false)}
              />
            )}
          </Stack>
        </Stack>
      )}
    </Loaded>
  );
};

const DirectoryTable = (props: {
  trunkId: string;
  entries: readonly Extension[];
  isAdding: boolean;
  onAdded: () => void;
}) => {
  const { trunkId, entries, isAdding, onAdded } = props;
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(1);
  const found = useMemo(() => matching(entries, search), [entries, search]);
  const pages = Math.max(1, Math.ceil(found.length / rowsOnPage));
  const shownPage = Math.min(page, pages);
  const shown = found.slice((shownPage - 1) * rowsOnPage, shownPage * rowsOnPage);
  return (
    <Paper>
      <Group p="sm" justify="space-between" gap="sm">
        <TextInput
          aria-label={words.search}
          placeholder={words.search}
          leftSection={<Search size={15} aria-hidden />}
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            setPage(1);
          }}
          flex="1 1 240px"
          maw={460}
        />
        <Text fz="xs" c="dimmed" className="tabular" role="status">
          {words.count(found.length, entries.length)}
        </Text>
      </Group>
      <Table.ScrollContainer minWidth={820}>
        <Table layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={96}>{words.columns.ext}</Table.Th>
              <Table.Th w="17%">{words.columns.name}</Table.Th>
              <Table.Th w="17%">{words.columns.owner}</Table.Th>
              <Table.Th w="15%">{words.columns.department}</Table.Th>
              <Table.Th>{words.columns.aliases}</Table.Th>
              <Table.Th w={80}>{words.columns.enabled}</Table.Th>
              <Table.Th w={140} ta="right">
                {words.columns.actions}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {isAdding && <EditRow trunkId={trunkId} stored={notYet} onDone={onAdded} />}
            {shown.map((entry) => (
              <DirectoryRow key={entry.id} entry={entry} />
            ))}
            {shown.length === 0 && !isAdding && (
              <Table.Tr>
                <Table.Td colSpan={7}>
                  <Text fz="sm" c="dimmed" ta="center" py="md">
                    {words.noMatch}
                  </Text>
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {pages > 1 && (
        <Group p="sm" justify="center">
          <Pagination
            total={pages}
            value={shownPage}
            onChange={setPage}
            size="sm"
            aria-label={words.pages}
            getItemProps={(number) => ({ 'aria-label': words.page(number) })}
            getControlProps={(control) => ({
              'aria-label': control === 'previous' ? words.previous : words.following,
            })}
          />
        </Group>
      )}
    </Paper>
  );
};

const matching = (entries: readonly Extension[], search: string): readonly Extension[] => {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return entries;
  return entries.filter(({ ext, name, owner, department, aliases }) =>
    [ext, name, owner, department, ...aliases].some((text) => text.toLowerCase().includes(wanted)),
  );
};
