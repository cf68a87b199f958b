/** An entry of a directory being written: a new one, or one that is changed in its place. Enter saves, Escape leaves. */
import { Box, Button, Group, Switch, Table, TagsInput, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { KeyboardEvent } from 'react';
import { type Extension, ExtensionInput } from '../../../../controller/contract/extension.ts';
import { messageOf } from '../../api/problem.ts';
import { directoryQuery } from '../../api/queries.ts';
import type { Stored } from '../../api/stored.ts';
import { ConflictNote } from '../../forms/conflict-note.tsx';
import { answeredErrors, schemaErrors } from '../../forms/field-errors.ts';
import { useStoredForm } from '../../forms/use-stored-form.ts';
import { t } from '../../texts/texts.ts';

const words = t.directory;
const blank: ExtensionInput = { ext: '', name: '', owner: '', department: '', aliases: [], enabled: true };

const inputOf = ({ ext, name, owner, department, aliases, enabled }: ExtensionInput): ExtensionInput => ({
  ext,
  name,
  owner,
  department,
  aliases,
  enabled,
});

const shape = {
  valuesOf: (entry: Extension | null): ExtensionInput => (entry === null ? blank : inputOf(entry)),
  bodyOf: (values: ExtensionInput) => values,
  validate: (values: ExtensionInput) => schemaErrors(ExtensionInput, values),
  answered: (error: unknown) => answeredErrors(error, Object.keys(blank)),
};

export const EditRow = (props: { trunkId: string; stored: Stored<Extension | null>; onDone: () => void }) => {
  const { trunkId, stored, onDone } = props;
  const queries = useQueryClient();
  const list = `/trunks/${trunkId}/extensions`;
  const { form, submit, isSaving, error, conflict } = useStoredForm({
    stored,
    shape,
    path: stored.thing === null ? list : `${list}/${stored.thing.id}`,
    onSaved: ({ thing: saved }) => {
      if (saved === null) return;
      queries.setQueryData(directoryQuery(trunkId).queryKey, (entries = []) =>
        [...entries.filter(({ id }) => id !== saved.id), saved].sort(
          (one, other) => Number(one.ext) - Number(other.ext),
        ),
      );
      onDone();
    },
  });
  const handleKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onDone();
    if (event.key === 'Enter') submit();
  };
  const unplaced = error !== null && Object.keys(shape.answered(error)).length === 0;
  const cell = (field: 'name' | 'owner' | 'department') => (
    <Table.Td>
      <TextInput
        size="xs"
        aria-label={words.columns[field]}
        {...form.getInputProps(field)}
        onKeyDown={handleKey}
      />
    </Table.Td>
  );
  return (
    <>
      <Table.Tr style={{ verticalAlign: 'top' }}>
        <Table.Td>
          <TextInput
            size="xs"
            aria-label={words.columns.ext}
            inputMode="numeric"
            data-autofocus
            autoFocus
            {...form.getInputProps('ext')}
            onKeyDown={handleKey}
          />
        </Table.Td>
        {cell('name')}
        {cell('owner')}
        {cell('department')}
        <Table.Td>
          <TagsInput
            size="xs"
            aria-label={words.columns.aliases}
            placeholder={words.aliasPlaceholder}
            splitChars={[',', ';', '|']}
            acceptValueOnBlur
            {...form.getInputProps('aliases')}
          />
          {unplaced && (
            <Text fz="xs" c="var(--mantine-color-error)" role="alert" mt={4}>
              {messageOf(error)}
            </Text>
          )}
        </Table.Td>
        <Table.Td>
          <Switch
            size="xs"
            mt={6}
            aria-label={words.columns.enabled}
            {...form.getInputProps('enabled', { type: 'checkbox' })}
          />
        </Table.Td>
        <Table.Td>
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <Button size="compact-xs" variant="default" onClick={onDone}>
              {t.common.cancel}
            </Button>
            <Button size="compact-xs" loading={isSaving} onClick={() => submit()}>
              {t.common.save}
            </Button>
          </Group>
        </Table.Td>
      </Table.Tr>
      {conflict !== null && (
        <Table.Tr>
          <Table.Td colSpan={7}>
            <Box pos="sticky" left={0} maw="min(100%, calc(100vw - 64px))">
              <ConflictNote conflict={conflict} isSaving={isSaving} />
            </Box>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
};
