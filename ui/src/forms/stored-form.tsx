/**
 * The form of something that is stored: what was entered is checked, saved by a PATCH, and what the controller refuses is
 * said at its field. Who may not change it sees it. It knows no field.
 */
import { Button, Group, type MantineSpacing, Paper, Stack } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { request } from '../api/request.ts';
import { FailureNote } from '../components/failure-note.tsx';
import { Allowed, EditableBy } from '../session/allowed.tsx';
import { t } from '../texts/texts.ts';
import type { FieldErrors } from './field-errors.ts';

/** How something stored is shown in a form, and sent from there. */
export type FormShape<Stored, Values> = {
  valuesOf: (stored: Stored) => Values;
  bodyOf: (values: Values) => unknown;
  validate: (values: Values) => FieldErrors;
  /** what the controller found wrong, at the form's fields */
  answered: (error: unknown, values: Values) => FieldErrors;
};

export const StoredForm = <Stored, Values extends Record<string, unknown>>(props: {
  stored: Stored;
  shape: FormShape<Stored, Values>;
  /** of the thing itself, in the API */
  path: string;
  said: string;
  onSaved: (changed: Stored) => void;
  gap: MantineSpacing;
  children: (form: UseFormReturnType<Values>) => ReactNode;
}) => {
  const { stored, shape, path, said, onSaved, gap, children } = props;
  const { valuesOf, bodyOf, validate, answered } = shape;
  const form = useForm<Values>({ initialValues: valuesOf(stored), validate });
  const save = useMutation({
    mutationFn: (values: Values) => request<Stored>('PATCH', path, { body: bodyOf(values) }),
    onSuccess: (changed) => {
      onSaved(changed);
      const values = valuesOf(changed);
      form.setInitialValues(values);
      form.setValues(values);
      notifications.show({ message: said, color: 'teal' });
    },
    onError: (error) => form.setErrors(answered(error, form.values)),
  });
  return (
    <EditableBy role="admin">
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
        <Paper p="lg">
          <Stack gap={gap}>
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
