/** A phone number being added or changed: its trunk, its agent, its label. */
import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { NumberInput, type PhoneNumberBinding } from '../../../../controller/contract/number.ts';
import { agentsQuery, trunksQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { shownNumber } from '../../components/phone-number.ts';
import { answeredErrors, schemaErrors } from '../../forms/field-errors.ts';
import { t } from '../../texts/texts.ts';

const words = t.numbers;

export const NumberDialog = (props: { binding: PhoneNumberBinding | null; onDone: () => void }) => {
  const { binding, onDone } = props;
  const queries = useQueryClient();
  const trunks = useQuery(trunksQuery).data ?? [];
  const agents = useQuery(agentsQuery).data ?? [];
  const form = useForm<NumberInput>({
    initialValues: {
      number: binding === null ? '' : shownNumber(binding.number),
      label: binding?.label ?? '',
      trunkId: binding?.trunkId ?? trunks[0]?.id ?? '',
      agentId: binding?.agentId ?? null,
    },
    validate: (values) => schemaErrors(NumberInput, values),
    // what was wrong may be mended now
    onValuesChange: () => save.reset(),
  });
  const finish = (): void => {
    void queries.invalidateQueries({ queryKey: ['config', 'numbers'] });
    onDone();
  };
  const save = useMutation({
    mutationFn: (body: NumberInput) =>
      binding === null
        ? request('POST', '/numbers', { body })
        : request('PATCH', `/numbers/${binding.id}`, { body }),
    onSuccess: finish,
    onError: (error) => form.setErrors(answeredErrors(error, Object.keys(form.values))),
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
      title={binding === null ? words.form.addTitle : words.form.editTitle(shown)}
    >
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
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
          <FailureNote error={save.error ?? remove.error} />
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
              <Button type="submit" loading={save.isPending}>
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
