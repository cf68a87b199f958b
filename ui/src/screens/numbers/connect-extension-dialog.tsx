/** Connect PBX Extension: extension, agent, public DID and label in one dialog, written as one binding. */
import { Alert, Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { NumberInput, type PhoneNumberBinding } from '../../../../controller/contract/number.ts';
import { agentsQuery, trunksQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { shownNumber } from '../../components/phone-number.ts';
import { answeredErrors, schemaErrors } from '../../forms/field-errors.ts';
import { useUnsavedInput } from '../../forms/unsaved-input.ts';
import { t } from '../../texts/texts.ts';
import { AgentSelect } from './number-dialog.tsx';

const words = t.numbers.connect;

export const ConnectExtensionDialog = ({ onDone }: { onDone: () => void }) => {
  const queries = useQueryClient();
  const trunks = useQuery(trunksQuery).data ?? [];
  const agents = useQuery(agentsQuery).data ?? [];
  const extensions = trunks.flatMap((trunk) =>
    trunk.connectionType === 'extension'
      ? [{ value: trunk.id, label: `${trunk.extension} · ${trunk.name}` }]
      : [],
  );
  const form = useForm<NumberInput>({
    initialValues: {
      number: '',
      label: '',
      trunkId: extensions[0]?.value ?? '',
      agentId: agents[0]?.id ?? null,
    },
    validate: (values) => schemaErrors(NumberInput, values),
    // what was wrong may be mended now
    onValuesChange: () => connect.reset(),
  });
  useUnsavedInput(form.isDirty);
  const connect = useMutation({
    mutationFn: (body: NumberInput) => request<PhoneNumberBinding>('POST', '/numbers', { body }),
    onSuccess: ({ number }) => {
      void queries.invalidateQueries({ queryKey: ['config', 'numbers'] });
      notifications.show({ message: words.done(shownNumber(number)), color: 'teal' });
      onDone();
    },
    onError: (error) => form.setErrors(answeredErrors(error, Object.keys(form.values))),
  });
  return (
    <Modal opened onClose={onDone} closeOnClickOutside={!form.isDirty()} title={words.title}>
      <form onSubmit={form.onSubmit((values) => connect.mutate(values))} noValidate>
        <Stack gap="md">
          <Text fz="sm" c="dimmed">
            {words.text}
          </Text>
          {extensions.length === 0 ? (
            <Alert variant="light" color="yellow" p="sm">
              <Text fz="sm">{words.none}</Text>
            </Alert>
          ) : (
            <Select
              label={words.trunk}
              description={words.trunkText}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              withAsterisk
              data={extensions}
              {...form.getInputProps('trunkId')}
            />
          )}
          <AgentSelect
            label={words.agent}
            agents={agents}
            value={form.values.agentId}
            onChange={(agentId) => form.setFieldValue('agentId', agentId)}
          />
          <TextInput
            label={words.number}
            description={t.numbers.form.numberText}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            placeholder="+27 87 250 0100"
            inputMode="tel"
            withAsterisk
            {...form.getInputProps('number')}
          />
          <TextInput
            label={words.label}
            placeholder={t.numbers.form.labelPlaceholder}
            {...form.getInputProps('label')}
          />
          <FailureNote error={connect.error} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onDone}>
              {t.common.cancel}
            </Button>
            <Button type="submit" disabled={extensions.length === 0} loading={connect.isPending}>
              {words.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
