/** What is typed into an agent's forms: one for all its tabs, so that *Save* on either saves all of it. */
import { useQueryClient } from '@tanstack/react-query';
import type { Agent } from '../../../../controller/contract/agent.ts';
import { ApiFailure } from '../../api/problem.ts';
import { agentQuery } from '../../api/queries.ts';
import type { Stored } from '../../api/stored.ts';
import type { FieldErrors } from '../../forms/field-errors.ts';
import { isBelow } from '../../forms/unsaved-input.ts';
import { type StoredEdit, useStoredForm } from '../../forms/use-stored-form.ts';
import { said, t } from '../../texts/texts.ts';
import { type AgentValues, fieldOf, inputOf, valuesErrors, valuesOf } from './agent-values.ts';

/** What the controller found wrong, at the form's fields. */
export const answered = (error: unknown, values: AgentValues): FieldErrors =>
  error instanceof ApiFailure
    ? Object.fromEntries(
        Object.entries(error.fields).map(([path, text]) => [fieldOf(path.split('.'), values), said(text)]),
      )
    : {};

const shape = { valuesOf, bodyOf: inputOf, validate: valuesErrors, answered };

export const useAgentEdit = (
  stored: Stored<Agent>,
  onInvalid: (errors: FieldErrors) => void,
): StoredEdit<AgentValues> => {
  const queries = useQueryClient();
  const { id } = stored.thing;
  return useStoredForm({
    stored,
    shape,
    path: `/agents/${id}`,
    said: t.agents.saved,
    onSaved: (changed) => {
      queries.setQueryData(agentQuery(id).queryKey, changed);
      void queries.invalidateQueries({ queryKey: ['config', 'agents'] });
    },
    onInvalid,
    isKeptAt: isBelow(`/agents/${id}`),
  });
};
