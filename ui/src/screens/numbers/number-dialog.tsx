/** A phone number being added or changed: its trunk, its agent, its label. */
import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { NumberInput, type PhoneNumberBinding } from '../../../../controller/contract/number.ts';
import { agentsQuery, trunksQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import type { Stored } from '../../api/stored.ts';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { shownNumber } from '../../components/phone-number.ts';
import { ConflictNote } from '../../forms/conflict-note.tsx';
import { answeredErrors, schemaErrors } from '../../forms/field-errors.ts';
import { useStoredForm } from '../../forms/use-stored-form.ts';
import { t } from '../../texts/texts.ts';

const words = t.numbers;

const shape = {
  valuesOf: (binding: PhoneNumberBinding | null): NumberInput => ({
    number: binding === null ? '' : shownNumber(binding.number),
    label: binding?.label ?? '',
    trunkId: binding?.trunkId ?? '',
    agentId: binding?.agentId ?? null,
  }),
  bodyOf: (values: NumberInput) => values,
  validate: (values: NumberInput) => schemaErrors(NumberInput, values),
  answered: (error: unknown, values: NumberInput) => answeredErrors(error, Object.keys(values)),
};

export const NumberDialog = (props: { stored: Stored<PhoneNumberBinding | null>; onDone: () => void }) => {
  const { stored, onDone } = props;
  const binding = stored.thing;
  const queries = useQueryClient();
  const trunks = useQuery(trunksQuery).data ?? [];
  const agents = useQuery(agentsQuery).data ?? [];
  const finish = (): void => {
    void queries.invalidateQueries({ queryKey: ['config', 'numbers'] });
    onDone();
  };
  const { form, submit, isSaving, error, conflict } = useStoredForm({
    stored,
    shape: {
      ...shape,
      valuesOf: (thing) => ({ ...shape.valuesOf(thing), trunkId: thing?.trunkId ?? trunks[0]?.id ?? '' }),
    },
    path: binding === null ? '/numbers' : `/numbers/${binding.id}`,
    onSaved: finish,
  });
  const remove = useMutation({
    mutationFn: () => request('DELETE', `/numbers/${binding?.id}`),
    onSuccess: finish,
  });
  const shown = binding === null ? '' : shownNumber(binding.number);
  return (
    <Modal
      opened
      onClose={onDone}
      closeOnClickOutside={!form.isDirty()}
      title={binding === null ? words.form.addTitle : words.form.editTitle(shown)}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label={words.form.number}
            description={words.form.numberText}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            placeholder="+27 87 250 0100"
            inputMode="tel"
            withAsterisk
            data-autofocus
            {...form.getInputProps('number')}
          />
          <TextInput
            label={words.form.label}
            placeholder={words.form.labelPlaceholder}
            {...form.getInputProps('label')}
          />
          <Select
            label={words.form.trunk}
            withAsterisk
            data={trunks.map(({ id, name }) => ({ value: id, label: name }))}
            {...form.getInputProps('trunkId')}
          />
          <AgentSelect
            label={words.form.agent}
            agents={agents}
            value={form.values.agentId}
            onChange={(agentId) => form.setFieldValue('agentId', agentId)}
          />
          <FailureNote error={error ?? remove.error} />
          <ConflictNote conflict={conflict} isSaving={isSaving} />
          <Group justify="space-between" gap="sm">
            {binding === null ? (
              <span />
            ) : (
              <ConfirmButton
                label={t.common.delete}
                title={words.removeTitle(shown)}
                text={words.removeText}
                isDangerous
                isPending={remove.isPending}
                onConfirm={() => remove.mutate()}
              />
            )}
            <Group gap="sm">
              <Button variant="default" onClick={onDone}>
                {t.common.cancel}
              </Button>
              <Button type="submit" loading={isSaving}>
                {words.form.save}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};

export const AgentSelect = (props: {
  label: string;
  agents: readonly { id: string; name: string }[];
  value: string | null;
  onChange: (agentId: string | null) => void;
}) => {
  const { label, agents, value, onChange } = props;
  return (
    <Select
      label={label}
      data={[
        { value: 'trunk', label: words.trunkAgent },
        ...agents.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      value={value ?? 'trunk'}
      onChange={(chosen) => onChange(chosen === 'trunk' ? null : chosen)}
    />
  );
};
