/**
 * What is typed into a form of something stored, apart from how it is shown: so that it outlives a change of tabs. Saved
 * over what it was opened with; while nothing is typed it follows what is stored. It knows no field.
 */
import { type UseFormReturnType, useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ChangedMeanwhile, createStored, type Stored, saveOver } from '../api/stored.ts';
import type { FieldErrors } from './field-errors.ts';
import { type Place, useUnsavedInput } from './unsaved-input.ts';

/** How something stored is shown in a form, and sent from there. */
export type FormShape<Thing, Values> = {
  valuesOf: (thing: Thing) => Values;
  bodyOf: (values: Values) => unknown;
  validate?: (values: Values) => FieldErrors;
  /** what the controller found wrong, at the form's fields */
  answered: (error: unknown, values: Values) => FieldErrors;
};

/** What is still to be made: it is sent to the path of its list. */
export const notYet: Stored<null> = { thing: null, tag: null };

export type StoredEdit<Values> = {
  form: UseFormReturnType<Values>;
  submit: (event?: FormEvent<HTMLFormElement>) => void;
  /** takes back what was typed */
  reset: () => void;
  isSaving: boolean;
  /** why it was not saved, unless somebody else was faster */
  error: Error | null;
  /** that somebody else was faster, and what can be done */
  conflict: { load: () => void; saveOver: () => void } | null;
};

export const useStoredForm = <Thing, Values extends Record<string, unknown>>(props: {
  stored: Stored<Thing>;
  shape: FormShape<Thing, Values>;
  /** of the thing itself in the API, or of the list where it is made */
  path: string;
  /** what to say when it is saved */
  said?: string;
  onSaved: (changed: Stored<Thing>) => void;
  /** with the fields at fault, wherever they are shown */
  onInvalid?: (errors: FieldErrors) => void;
  /** where one can go without losing what was typed */
  isKeptAt?: (place: Place) => boolean;
}): StoredEdit<Values> => {
  const { stored, shape, path, said, onSaved, onInvalid, isKeptAt } = props;
  const { valuesOf, bodyOf, validate, answered } = shape;
  const [opened, setOpened] = useState(stored);
  const form = useForm<Values>({
    initialValues: valuesOf(stored.thing),
    ...(validate === undefined ? {} : { validate }),
    // what was wrong may be mended now; that somebody was faster stays so
    onValuesChange: () => {
      if (save.error !== null && !(save.error instanceof ChangedMeanwhile)) save.reset();
    },
  });
  const show = (other: Stored<Thing>): void => {
    setOpened(other);
    form.setValues(valuesOf(other.thing));
    form.resetDirty();
    form.clearErrors();
  };
  const save = useMutation({
    mutationFn: ({ values, over }: { values: Values; over: Stored<Thing> }): Promise<Stored<Thing>> =>
      over.thing === null
        ? createStored<Thing>(path, bodyOf(values))
        : saveOver({ path, opened: over, body: bodyOf(values), shown: valuesOf }),
    onSuccess: (changed) => {
      show(changed);
      if (said !== undefined) notifications.show({ message: said, color: 'teal' });
      onSaved(changed);
    },
    onError: (error) => {
      const errors = answered(error, form.getValues());
      form.setErrors(errors);
      onInvalid?.(errors);
    },
  });
  const followed = useRef(stored);
  useEffect(() => {
    if (followed.current === stored) return;
    followed.current = stored;
    if (!form.isDirty() && !save.isPending) show(stored);
  });
  useUnsavedInput(form.isDirty, isKeptAt);
  const { error } = save;
  const newer = error instanceof ChangedMeanwhile ? (error.newer as Stored<Thing>) : null;
  const load = (other: Stored<Thing>): void => {
    save.reset();
    show(other);
  };
  return {
    form,
    reset: () => load(newer ?? stored),
    submit: form.onSubmit(
      (values) => save.mutate({ values, over: opened }),
      (errors) => onInvalid?.(errors as FieldErrors),
    ),
    isSaving: save.isPending,
    error: newer === null ? error : null,
    conflict:
      newer === null
        ? null
        : {
            load: () => load(newer),
            saveOver: () => save.mutate({ values: form.getValues(), over: newer }),
          },
  };
};
