/**
 * The form of something that is stored, as it is seen: its fields, what is wrong, *Save*. Who may not change it sees it.
 * What is typed into it is `use-stored-form.ts`'s.
 */
import { Button, Group, type MantineSpacing, Paper, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { FailureNote } from '../components/failure-note.tsx';
import { Allowed, EditableBy } from '../session/allowed.tsx';
import { t } from '../texts/texts.ts';
import { ConflictNote } from './conflict-note.tsx';
import type { StoredEdit } from './use-stored-form.ts';

export const StoredForm = <Values,>(props: {
  edit: StoredEdit<Values>;
  gap: MantineSpacing;
  children: ReactNode;
}) => {
  const { edit, gap, children } = props;
  const { form, submit, reset, isSaving, error, conflict } = edit;
  return (
    <EditableBy role="admin">
      <form onSubmit={submit} noValidate>
        <Paper p="lg">
          <Stack gap={gap}>
            {children}
            <FailureNote error={error} />
            <ConflictNote conflict={conflict} isSaving={isSaving} />
            <Allowed role="admin">
              <Group justify="flex-end">
                <Button variant="default" disabled={!form.isDirty()} onClick={reset}>
                  {t.common.cancel}
                </Button>
                <Button type="submit" disabled={!form.isDirty()} loading={isSaving}>
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
