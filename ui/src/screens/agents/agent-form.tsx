/** The frame of an agent's forms, whichever of its fields they show. */
import type { UseFormReturnType } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Agent } from '../../../../controller/contract/agent.ts';
import { ApiFailure } from '../../api/problem.ts';
import type { FieldErrors } from '../../forms/field-errors.ts';
import { StoredForm } from '../../forms/stored-form.tsx';
import { t } from '../../texts/texts.ts';
import { type AgentValues, fieldOf, inputOf, valuesErrors, valuesOf } from './agent-values.ts';

/** What the controller found wrong, at the form's fields. */
export const answered = (error: unknown, values: AgentValues): FieldErrors =>
  error instanceof ApiFailure
    ? Object.fromEntries(
        Object.entries(error.fields).map(([path, text]) => [fieldOf(path.split('.'), values), text]),
      )
    : {};

const shape = { valuesOf, bodyOf: inputOf, validate: valuesErrors, answered };

export const AgentForm = (props: {
  agent: Agent;
  children: (form: UseFormReturnType<AgentValues>) => ReactNode;
}) => {
  const { agent, children } = props;
  const queries = useQueryClient();
  return (
    <StoredForm
      stored={agent}
      shape={shape}
      path={`/agents/${agent.id}`}
      said={t.agents.saved}
      onSaved={() => void queries.invalidateQueries({ queryKey: ['config', 'agents'] })}
      gap="lg"
    >
      {children}
    </StoredForm>
  );
};
