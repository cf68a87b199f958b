/** A new agent: what it is; how it behaves has good defaults and is on its own page afterwards. */
import { Button, Group, Paper, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { Agent } from '../../../../controller/contract/agent.ts';
import { request } from '../../api/request.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { Page } from '../../components/page.tsx';
import { useUnsavedInput } from '../../forms/unsaved-input.ts';
import { EditableBy } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import { answered } from './agent-edit.ts';
import { type AgentValues, inputOf, newAgent, valuesErrors } from './agent-values.ts';
import { GeneralFields } from './general-fields.tsx';

export const NewAgentScreen = () => {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const form = useForm<AgentValues>({ initialValues: newAgent(), validate: valuesErrors });
  useUnsavedInput(form.isDirty);
  const create = useMutation({
    mutationFn: (values: AgentValues) => request<Agent>('POST', '/agents', { body: inputOf(values) }),
    onSuccess: async (agent) => {
      void queries.invalidateQueries({ queryKey: ['config', 'agents'] });
      form.resetDirty();
      notifications.show({ message: t.agents.created(agent.name), color: 'teal' });
      await navigate(`/agents/${agent.id}/telephony`);
    },
    onError: (error) => form.setErrors(answered(error, form.values)),
  });
  return (
    <Page title={t.agents.newTitle} parent={{ to: '/agents', label: t.agents.title }} isNarrow>
      <EditableBy role="admin">
        <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
          <Paper p="lg">
            <Stack gap="lg">
              <GeneralFields form={form} stored={null} />
              <FailureNote error={create.error} />
              <Group justify="flex-end">
                <Button type="submit" loading={create.isPending}>
                  {t.agents.create}
                </Button>
              </Group>
            </Stack>
          </Paper>
        </form>
      </EditableBy>
    </Page>
  );
};
