/** What somebody may not do is not offered to him. The controller refuses it in any case. */
import { Fieldset, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Role } from '../../../controller/contract/account.ts';
import { t } from '../texts/texts.ts';
import { useMay } from './use-session.ts';

/** Only for those of this role: a button, a menu entry. */
export const Allowed = ({ role, children }: { role: Role; children: ReactNode }) =>
  useMay(role) ? children : null;

/** A form that others may read: for them its fields are off, and above it stands why. */
export const EditableBy = ({ role, children }: { role: Role; children: ReactNode }) =>
  useMay(role) ? (
    children
  ) : (
    <Stack gap="sm">
      <Text fz="sm" c="dimmed">
        {t.session.readOnly(t.settings.users.roles[role])}
      </Text>
      <Fieldset variant="unstyled" disabled>
        {children}
      </Fieldset>
    </Stack>
  );
