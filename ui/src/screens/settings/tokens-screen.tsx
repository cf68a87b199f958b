/** API tokens: made, shown once, revoked. */
import {
  Alert,
  Anchor,
  Button,
  Code,
  Group,
  Modal,
  MultiSelect,
  Select,
  Stack,
  Table,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { Scope } from '../../../../controller/contract/account.ts';
import { itemsOf, tokensQuery } from '../../api/settings-queries.ts';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { CopyValue } from '../../components/copy-value.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { ListPage } from '../../components/list-page.tsx';
import { dateAndTime, whenOf } from '../../components/time.ts';
import { answeredErrors } from '../../forms/field-errors.ts';
import { useUnsavedInput } from '../../forms/unsaved-input.ts';
import { t } from '../../texts/texts.ts';
import { useChange } from './use-change.ts';

const words = t.settings.tokens;

export const TokensScreen = () => {
  const tokens = useQuery({ ...tokensQuery, select: itemsOf });
  const [isAdding, { open, close }] = useDisclosure(false);
  const revoke = useChange();
  const add = (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={open}>
      {words.add}
    </Button>
  );
  return (
    <ListPage
      title={words.title}
      text={
        <>
          {words.text} <Anchor href="/api/docs">{words.docs}</Anchor>
        </>
      }
      query={tokens}
      none={{ icon: KeyRound, title: words.none, text: words.noneDo }}
      add={add}
      table={{
        columns: [
          words.columns.name,
          words.columns.scopes,
          words.columns.used,
          words.columns.expires,
          { label: t.common.more, isHidden: true },
        ],
        minWidth: 640,
      }}
      item={({ id, name, scopes, lastUsedAt, expiresAt }) => (
        <Table.Tr key={id}>
          <Table.Td fw={600}>{name}</Table.Td>
          <Table.Td>{scopes.join(', ')}</Table.Td>
          <Table.Td>{lastUsedAt === null ? words.never : whenOf(lastUsedAt)}</Table.Td>
          <Table.Td>{expiresAt === null ? words.never : dateAndTime(expiresAt)}</Table.Td>
          <Table.Td ta="right">
            <ConfirmButton
              label={words.revoke}
              title={words.revokeTitle(name)}
              text={words.revokeText}
              isDangerous
              size="compact-sm"
              onConfirm={() => revoke.mutate({ method: 'DELETE', path: `/tokens/${id}` })}
            />
          </Table.Td>
        </Table.Tr>
      )}
    >
      <Modal opened={isAdding} onClose={close} title={words.add}>
        <AddToken onDone={close} />
      </Modal>
    </ListPage>
  );
};

const AddToken = ({ onDone }: { onDone: () => void }) => {
  const form = useForm({ initialValues: { name: '', scopes: ['all'] as Scope[], expiry: '90' } });
  const add = useChange<{ token: string }>({ isQuiet: true });
  useUnsavedInput(() => add.data === undefined && form.isDirty());
  if (add.data) {
    return (
      <Stack gap="md">
        <Alert variant="light" color="yellow">
          {words.once}
        </Alert>
        <CopyValue label={words.token} value={add.data.token} />
        <Code
          block
        >{`curl -H "Authorization: Bearer ${add.data.token.slice(0, 6)}…" ${location.origin}/api/v1/trunks`}</Code>
        <Group justify="flex-end">
          <Button onClick={onDone}>{t.common.done}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ name, scopes, expiry }) => {
        const expiresAt =
          expiry === 'never' ? null : new Date(Date.now() + Number(expiry) * 86_400_000).toISOString();
        add.mutate(
          { method: 'POST', path: '/tokens', body: { name, scopes, expiresAt } },
          { onError: (error) => form.setErrors(answeredErrors(error, ['name', 'scopes'])) },
        );
      })}
    >
      <Stack gap="md">
        <TextInput label={words.name} required data-autofocus {...form.getInputProps('name')} />
        <MultiSelect label={words.scopes} data={Scope.options} searchable {...form.getInputProps('scopes')} />
        <Select
          label={words.expires}
          data={Object.entries(words.expiry).map(([value, label]) => ({ value, label }))}
          {...form.getInputProps('expiry')}
        />
        <FailureNote error={add.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending}>
            {words.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
};
