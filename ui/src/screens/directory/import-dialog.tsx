/** Imports a CSV file: first what each row would do and what is wrong with it; then, when nothing is, all of it. */
import {
  Alert,
  Badge,
  Button,
  FileButton,
  Group,
  Modal,
  ScrollArea,
  Stack,
  Table,
  Text,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import type {
  DirectoryImport,
  DirectoryImportRow,
} from '../../../../controller/contract/directory-import.ts';
import { request } from '../../api/request.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { t } from '../../texts/texts.ts';

const words = t.directory.import;
const actions = ['create', 'change', 'unchanged', 'wrong'] as const;
const rowsShown = 200;

const send = (trunkId: string, file: File, isDryRun: boolean): Promise<DirectoryImport> =>
  request<DirectoryImport>('POST', `/trunks/${trunkId}/extensions/import?dryRun=${isDryRun}`, {
    file: { type: 'text/csv', content: file },
  });

export const ImportButton = ({ trunkId }: { trunkId: string }) => {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<FileUp size={15} aria-hidden />} onClick={open}>
        {t.directory.importFile}
      </Button>
      <Modal opened={opened} onClose={close} size="xl" title={words.title}>
        <ImportSteps trunkId={trunkId} onDone={close} />
      </Modal>
    </>
  );
};

const ImportSteps = ({ trunkId, onDone }: { trunkId: string; onDone: () => void }) => {
  const queries = useQueryClient();
  const check = useMutation({ mutationFn: (file: File) => send(trunkId, file, true) });
  const run = useMutation({
    mutationFn: (file: File) => send(trunkId, file, false),
    onSuccess: ({ counts }) => {
      void queries.invalidateQueries({ queryKey: ['config'] });
      notifications.show({ message: words.done(counts.create + counts.change), color: 'teal' });
      onDone();
    },
  });
  const plan = check.data;
  const file = check.variables;
  const changes = plan === undefined ? 0 : plan.counts.create + plan.counts.change;
  const mayImport = plan !== undefined && plan.counts.wrong === 0 && changes > 0;
  const choose = (chosen: File | null): void => {
    run.reset();
    if (chosen !== null) check.mutate(chosen);
  };
  return (
    <Stack gap="md">
      <Text fz="sm" c="dimmed">
        {words.text}
      </Text>
      <Group gap="sm">
        <FileButton onChange={choose} accept=".csv,text/csv" inputProps={{ 'aria-label': words.choose }}>
          {(buttonProps) => (
            <Button
              {...buttonProps}
              variant={plan === undefined ? 'filled' : 'default'}
              loading={check.isPending}
            >
              {plan === undefined ? words.choose : words.again}
            </Button>
          )}
        </FileButton>
        {file !== undefined && (
          <Text fz="sm" fw={550}>
            {file.name}
          </Text>
        )}
      </Group>
      <FailureNote error={check.error ?? run.error} />
      {plan !== undefined && (
        <>
          <Group gap="xs" role="status">
            {actions
              .filter((action) => plan.counts[action] > 0)
              .map((action) => (
                <Badge key={action} size="lg" variant="light" color={colours[action]} c={inks[action]}>
                  {words.counts[action](plan.counts[action])}
                </Badge>
              ))}
          </Group>
          {plan.counts.wrong > 0 && (
            <Alert color="red" variant="light" p="sm">
              <Text fz="sm">{words.wrongRows(plan.counts.wrong)}</Text>
            </Alert>
          )}
          {plan.counts.wrong === 0 && changes === 0 && <Text fz="sm">{words.nothing}</Text>}
          <PlanTable rows={plan.rows} />
        </>
      )}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onDone}>
          {t.common.cancel}
        </Button>
        <Button
          disabled={!mayImport}
          loading={run.isPending}
          onClick={() => {
            if (file !== undefined) run.mutate(file);
          }}
        >
          {words.submit(changes)}
        </Button>
      </Group>
    </Stack>
  );
};

const colours = { create: 'teal', change: 'petrol', unchanged: 'gray', wrong: 'red' } as const;
const inks = {
  create: 'var(--offhook-good)',
  change: 'var(--mantine-color-anchor)',
  unchanged: 'var(--offhook-idle)',
  wrong: 'var(--offhook-bad)',
} as const;

/** What is wrong comes first, what stays as it is last. */
const order = { wrong: 0, create: 1, change: 2, unchanged: 3 } as const;

const PlanTable = ({ rows }: { rows: readonly DirectoryImportRow[] }) => {
  const sorted = [...rows].sort(
    (one, other) => order[one.action] - order[other.action] || one.line - other.line,
  );
  return (
    <>
      <ScrollArea.Autosize mah={360} type="auto" viewportProps={{ tabIndex: 0 }}>
        <Table stickyHeader verticalSpacing={5}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={64}>{words.line}</Table.Th>
              <Table.Th w={84}>{t.directory.columns.ext}</Table.Th>
              <Table.Th>{words.what}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sorted.slice(0, rowsShown).map(({ line, ext, action, fields, problems }) => (
              <Table.Tr key={line}>
                <Table.Td c="dimmed">{line}</Table.Td>
                <Table.Td fw={550}>{ext}</Table.Td>
                <Table.Td>
                  <Text span fz="sm" c={inks[action]} fw={550}>
                    {words.actions[action]}
                  </Text>
                  {problems.length > 0 && `: ${problems.join('; ')}`}
                  {action === 'change' && `: ${fields.map((field) => t.directory.columns[field]).join(', ')}`}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      {rows.length > rowsShown && (
        <Text fz="xs" c="dimmed">
          {words.more(rows.length - rowsShown)}
        </Text>
      )}
    </>
  );
};
