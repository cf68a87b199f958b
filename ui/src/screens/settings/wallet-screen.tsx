/** The prepaid credit of the workspace. */
import { Button, Group, Paper, Stack, Switch, Table, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Wallet } from '../../../../controller/contract/wallet.ts';
import { walletEntriesQuery, walletQuery } from '../../api/settings-queries.ts';
import type { Stored } from '../../api/stored.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import type { Tone } from '../../components/status-dot.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { whenOf } from '../../components/time.ts';
import { answeredErrors } from '../../forms/field-errors.ts';
import { StoredForm } from '../../forms/stored-form.tsx';
import { useUnsavedInput } from '../../forms/unsaved-input.ts';
import { useStoredForm } from '../../forms/use-stored-form.ts';
import { useMay } from '../../session/use-session.ts';
import { t } from '../../texts/texts.ts';
import { useChange } from './use-change.ts';

const words = t.settings.wallet;
const toneOf: Record<Wallet['state'], Tone> = { off: 'idle', filled: 'good', low: 'wait', empty: 'bad' };

export const WalletScreen = () => {
  const wallet = useQuery(walletQuery);
  const isAdmin = useMay('admin');
  return (
    <Page title={words.title} text={words.text} isNarrow>
      <Loaded query={wallet}>
        {(stored) => {
          const { thing: found } = stored;
          return (
            <Stack gap="lg">
              <Paper p="lg">
                <Stack gap="md">
                  <Group justify="space-between">
                    <Stack gap={0}>
                      <Text fz="sm" c="dimmed">
                        {words.balance}
                      </Text>
                      <Text fz={28} fw={650} className="tabular">
                        {found.balance} {found.currency}
                      </Text>
                    </Stack>
                    <StatusPill tone={toneOf[found.state]}>{words.states[found.state]}</StatusPill>
                  </Group>
                  {isAdmin && <TopUp />}
                </Stack>
              </Paper>
              {isAdmin && <Terms stored={stored} />}
              <Entries />
            </Stack>
          );
        }}
      </Loaded>
    </Page>
  );
};

const TopUp = () => {
  const form = useForm({ initialValues: { amount: '', note: '' } });
  useUnsavedInput(form.isDirty);
  const topUp = useChange({ onDone: () => form.reset(), isQuiet: true });
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) =>
        topUp.mutate(
          { method: 'POST', path: '/wallet/top-ups', body: values },
          { onError: (error) => form.setErrors(answeredErrors(error, Object.keys(values))) },
        ),
      )}
    >
      <Group align="flex-start" gap="sm">
        <TextInput label={words.amount} inputMode="decimal" w={140} {...form.getInputProps('amount')} />
        <TextInput label={words.note} flex="1 1 200px" {...form.getInputProps('note')} />
        <Button type="submit" variant="default" mt={24} loading={topUp.isPending}>
          {words.topUp}
        </Button>
      </Group>
    </form>
  );
};

type TermsValues = Pick<Wallet, 'enabled' | 'pricePerMinute' | 'lowBalance' | 'currency'>;
const terms = {
  valuesOf: ({ enabled, pricePerMinute, lowBalance, currency }: Wallet): TermsValues => ({
    enabled,
    pricePerMinute,
    lowBalance,
    currency,
  }),
  bodyOf: (values: TermsValues) => values,
  answered: (error: unknown, values: TermsValues) => answeredErrors(error, Object.keys(values)),
};

const Terms = ({ stored }: { stored: Stored<Wallet> }) => {
  const queries = useQueryClient();
  const edit = useStoredForm({
    stored,
    shape: terms,
    path: '/wallet',
    said: words.saved,
    onSaved: (changed) => {
      queries.setQueryData(walletQuery.queryKey, changed);
      void queries.invalidateQueries({ queryKey: ['settings'] });
    },
  });
  const { form } = edit;
  return (
    <StoredForm edit={edit} gap="md">
      <Switch label={words.enabled} {...form.getInputProps('enabled', { type: 'checkbox' })} />
      <Group align="flex-start">
        <TextInput
          label={words.price}
          inputMode="decimal"
          w={150}
          {...form.getInputProps('pricePerMinute')}
        />
        <TextInput label={words.low} inputMode="decimal" w={150} {...form.getInputProps('lowBalance')} />
        <TextInput label={words.currency} w={110} {...form.getInputProps('currency')} />
      </Group>
    </StoredForm>
  );
};

const Entries = () => {
  const entries = useQuery(walletEntriesQuery);
  return (
    <Stack gap="xs">
      <Title order={2}>{words.entries}</Title>
      <Loaded query={entries}>
        {({ items }) =>
          items.length === 0 ? (
            <Text fz="sm" c="dimmed">
              {words.noEntries}
            </Text>
          ) : (
            <Paper>
              <Table>
                <Table.Tbody>
                  {items.map(({ id, at, kind, amount, callId, seconds, note }) => (
                    <Table.Tr key={id}>
                      <Table.Td>{whenOf(at)}</Table.Td>
                      <Table.Td>
                        {callId === null ? (
                          words.kinds[kind]
                        ) : (
                          <Link to={`/history/${callId}`}>{words.kinds[kind]}</Link>
                        )}
                      </Table.Td>
                      <Table.Td>{seconds === null ? note : words.seconds(seconds)}</Table.Td>
                      <Table.Td ta="right">{amount}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Paper>
          )
        }
      </Loaded>
    </Stack>
  );
};
