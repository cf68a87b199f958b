/** The frame of an agent's forms: what was entered is checked, saved, and what the controller refuses is said at its field. */
import { Button, Group, Paper, Stack } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Agent } from '../../../../controller/contract/agent.ts';
import { ApiFailure } from '../../api/problem.ts';
import { request } from '../../api/request.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { Allowed, EditableBy } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import { type AgentValues, fieldOf, inputOf, valuesErrors, valuesOf } from './agent-values.ts';

export const AgentForm = (props: {
  agent: Agent;
  children: (form: UseFormReturnType<AgentValues>) => ReactNode;
}) => {
  const { agent, children } = props;
  const queries = useQueryClient();
  const form = useForm<AgentValues>({ initialValues: valuesOf(agent), validate: valuesErrors });
  const save = useMutation({
    mutationFn: (values: AgentValues) =>
      request<Agent>('PATCH', `/agents/${agent.id}`, { body: inputOf(values) }),
    onSuccess: (changed) => {
      void queries.invalidateQueries({ queryKey: ['config', 'agents'] });
      const values = valuesOf(changed);
      form.setInitialValues(values);
      form.setValues(values);
      notifications.show({ message: t.agents.saved, color: 'teal' });
    },
    onError: (error) => form.setErrors(answered(error, form.values)),
  });
  return (
    <EditableBy role="admin">
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
        <Paper p="lg">
          <Stack gap="lg">
            {children(form)}
            <FailureNote error={save.error} />
            <Allowed role="admin">
              <Group justify="flex-end">
                <Button variant="default" disabled={!form.isDirty()} onClick={form.reset}>
                  {t.common.cancel}
                </Button>
                <Button type="submit" disabled={!form.isDirty()} loading={save.isPending}>
                  {t.common.save}
                </Button>
              </Group>
            </Allowed>
          </Stack>
        </Paper>
      </form>
    </EditableBy>
  );
};

/** What the controller found wrong, at the form's fields. */
export const answered = (error: unknown, values: AgentValues): Record<string, string> =>
  error instanceof ApiFailure
    ? Object.fromEntries(
        Object.entries(error.fields).map(([path, text]) => [fieldOf(path.split('.'), values), text]),
      )
    : {};
