/** What is typed into a trunk's settings: kept while one looks at its other tabs. */
import { useQueryClient } from '@tanstack/react-query';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { trunkQuery } from '../../api/queries.ts';
import type { Stored } from '../../api/stored.ts';
import { answeredErrors } from '../../forms/field-errors.ts';
import { isBelow } from '../../forms/unsaved-input.ts';
import { type StoredEdit, useStoredForm } from '../../forms/use-stored-form.ts';
import { t } from '../../texts/texts.ts';
import { patchErrors, patchOf, type TrunkValues, valuesOf } from './trunk-values.ts';

const shape = {
  valuesOf,
  bodyOf: patchOf,
  validate: patchErrors,
  answered: (error: unknown, values: TrunkValues) => answeredErrors(error, Object.keys(values)),
};

export const useTrunkEdit = (stored: Stored<Trunk>): StoredEdit<TrunkValues> => {
  const queries = useQueryClient();
  const { id } = stored.thing;
  return useStoredForm({
    stored,
    shape,
    path: `/trunks/${id}`,
    said: t.trunks.settings.saved,
    onSaved: (changed) => {
      queries.setQueryData(trunkQuery(id).queryKey, changed);
      void queries.invalidateQueries({ queryKey: ['config'] });
    },
    isKeptAt: isBelow(`/settings/pbx/${id}`),
  });
};
