/** An entry of a directory being written: a new one, or one that is changed in its place. Enter saves, Escape leaves. */
import { Button, Group, Switch, Table, TagsInput, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { KeyboardEvent } from 'react';
import { type Extension, ExtensionInput } from '../../../../controller/contract/extension.ts';
import { messageOf } from '../../api/problem.ts';
import { directoryQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { answeredErrors, schemaErrors } from '../../forms/field-errors.ts';
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

export const EditRow = (props: { trunkId: string; entry: Extension | null; onDone: () => void }) => {
  const { trunkId, entry, onDone } = props;
  const queries = useQueryClient();
  const form = useForm<ExtensionInput>({
    initialValues: entry === null ? blank : inputOf(entry),
    validate: (values) => schemaErrors(ExtensionInput, values),
  });
  const save = useMutation({
    mutationFn: (values: ExtensionInput) =>
      entry === null
        ? request<Extension>('POST', `/trunks/${trunkId}/extensions`, { body: values })
        : request<Extension>('PATCH', `/trunks/${trunkId}/extensions/${entry.id}`, { body: values }),
    onSuccess: (saved) => {
      queries.setQueryData(directoryQuery(trunkId).queryKey, (entries = []) =>
        [...entries.filter(({ id }) => id !== saved.id), saved].sort(
          (one, other) => Number(one.ext) - Number(other.ext),
        ),
      );
      onDone();
    },
    onError: (error) => form.setErrors(answeredErrors(error, Object.keys(blank))),
  });
  const submit = (): void => {
    const { hasErrors } = form.validate();
    if (!hasErrors) save.mutate(form.getValues());
  };
  const handleKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onDone();
    if (event.key === 'Enter') submit();
  };
  const unplaced =
    save.error !== null && Object.keys(answeredErrors(save.error, Object.keys(blank))).length === 0;
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
            {messageOf(save.error)}
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
          <Button size="compact-xs" loading={save.isPending} onClick={submit}>
            {t.common.save}
          </Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
};
