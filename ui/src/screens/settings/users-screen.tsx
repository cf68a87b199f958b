/** Who belongs to the workspace, and in which role. */
import {
  Button,
  Group,
  Modal,
  Paper,
  PasswordInput,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import type { Role, UserAnswer } from '../../../../controller/contract/account.ts';
import { usersQuery } from '../../api/settings-queries.ts';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { ListTable } from '../../components/list-table.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { whenOf } from '../../components/time.ts';
import { answeredErrors } from '../../forms/field-errors.ts';
import { useUnsavedInput } from '../../forms/unsaved-input.ts';
import { useSession } from '../../session/use-session.ts';
import { t } from '../../texts/texts.ts';
import { useChange } from './use-change.ts';

const words = t.settings.users;
const roles = (['viewer', 'operator', 'admin'] as const).map((role) => ({
  value: role,
  label: words.roles[role],
}));

export const UsersScreen = () => {
  const users = useQuery(usersQuery);
  const [isAdding, { open, close }] = useDisclosure(false);
  return (
    <Page
      title={words.title}
      text={words.text}
      actions={
        <Button leftSection={<Plus size={16} aria-hidden />} onClick={open}>
          {words.add}
        </Button>
      }
    >
      <Loaded query={users}>
        {({ items }) => (
          <Paper>
            <ListTable
              columns={[
                words.columns.name,
                words.columns.role,
                words.columns.state,
                words.columns.seen,
                { label: t.common.more, isHidden: true },
              ]}
              minWidth={640}
            >
              {items.map((user) => (
                <UserRow key={user.id} user={user} />
              ))}
            </ListTable>
          </Paper>
        )}
      </Loaded>
      <Modal opened={isAdding} onClose={close} title={words.add}>
        <AddUser onDone={close} />
      </Modal>
    </Page>
  );
};

const UserRow = ({ user }: { user: UserAnswer }) => {
  const own = useSession().user.id;
  const change = useChange();
  const path = `/users/${user.id}`;
  const isSelf = user.id === own;
  return (
    <Table.Tr>
      <Table.Td>
        <Text fz="sm" fw={600}>
          {user.name} {isSelf && `(${words.you})`}
        </Text>
        <Text fz="xs" c="dimmed">
          {user.email}
        </Text>
      </Table.Td>
      <Table.Td>
        <Select
          aria-label={`${words.role}: ${user.name}`}
          data={roles}
          value={user.role}
          disabled={isSelf}
          w={130}
          onChange={(role) => change.mutate({ method: 'PATCH', path, body: { role } })}
        />
      </Table.Td>
      <Table.Td>
        <StatusPill tone={user.active ? 'good' : 'idle'}>
          {user.active ? words.active : words.inactive}
        </StatusPill>
      </Table.Td>
      <Table.Td>{user.lastSeenAt === null ? words.never : whenOf(user.lastSeenAt)}</Table.Td>
      <Table.Td>
        {!isSelf && (
          <Group gap="xs" justify="flex-end" wrap="nowrap">
            <Button
              variant="default"
              size="compact-sm"
              onClick={() => change.mutate({ method: 'PATCH', path, body: { active: !user.active } })}
            >
              {user.active ? words.deactivate : words.activate}
            </Button>
            <ConfirmButton
              label={words.remove}
              title={words.removeTitle(user.name)}
              text={words.removeText}
              isDangerous
              size="compact-sm"
              onConfirm={() => change.mutate({ method: 'DELETE', path })}
            />
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
};

const AddUser = ({ onDone }: { onDone: () => void }) => {
  const add = useChange<UserAnswer>({
    said: ({ name }) => words.added(name),
    onDone,
    isQuiet: true,
  });
  const form = useForm<{ email: string; name: string; password: string; role: Role }>({
    initialValues: { email: '', name: '', password: '', role: 'viewer' },
    // what was wrong may be mended now
    onValuesChange: () => add.reset(),
  });
  useUnsavedInput(form.isDirty);
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) =>
        add.mutate(
          { method: 'POST', path: '/users', body: values },
          { onError: (error) => form.setErrors(answeredErrors(error, Object.keys(values))) },
        ),
      )}
    >
      <Stack gap="md">
        <TextInput
          label={words.email}
          type="email"
          required
          data-autofocus
          {...form.getInputProps('email')}
        />
        <TextInput label={words.name} required {...form.getInputProps('name')} />
        <PasswordInput
          label={words.password}
          description={words.passwordText}
          autoComplete="new-password"
          required
          {...form.getInputProps('password')}
        />
        <Select
          label={words.role}
          description={words.roleTexts[form.values.role]}
          data={roles}
          {...form.getInputProps('role')}
        />
        <FailureNote error={add.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending}>
            {words.add}
          </Button>
        </Group>
      </Stack>
    </form>
  );
};
