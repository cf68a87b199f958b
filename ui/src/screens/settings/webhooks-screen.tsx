/** Webhooks: who is told, tested by a button; each with what was sent to it. */
import { Alert, Button, Checkbox, Group, Modal, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { Plus, Webhook as WebhookIcon } from 'lucide-react';
import {
  type Webhook,
  type WebhookWithSecret,
  webhookEventTypes,
} from '../../../../controller/contract/webhook.ts';
import { itemsOf, webhooksQuery } from '../../api/settings-queries.ts';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { CopyValue } from '../../components/copy-value.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { ListPage } from '../../components/list-page.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { answeredErrors } from '../../forms/field-errors.ts';
import { useUnsavedInput } from '../../forms/unsaved-input.ts';
import { t } from '../../texts/texts.ts';
import { useChange } from './use-change.ts';
import { WebhookDeliveries } from './webhook-deliveries.tsx';

const words = t.settings.webhooks;

export const WebhooksScreen = () => {
  const webhooks = useQuery({ ...webhooksQuery, select: itemsOf });
  const [isAdding, { open, close }] = useDisclosure(false);
  const add = (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={open}>
      {words.add}
    </Button>
  );
  return (
    <ListPage
      title={words.title}
      text={words.text}
      query={webhooks}
      none={{ icon: WebhookIcon, title: words.none, text: words.noneDo }}
      add={add}
      item={(webhook) => <OneWebhook key={webhook.id} webhook={webhook} />}
    >
      <Modal opened={isAdding} onClose={close} title={words.add}>
        <AddWebhook onDone={close} />
      </Modal>
    </ListPage>
  );
};

type TestResult = { delivered: boolean; status: number | null; error: string; durationMs: number };

const OneWebhook = ({ webhook }: { webhook: Webhook }) => {
  const change = useChange();
  const test = useChange<TestResult>({
    onDone: ({ delivered, status, error, durationMs }) =>
      notifications.show(
        delivered
          ? { color: 'teal', message: words.testDone(status ?? 0, durationMs) }
          : { color: 'red', message: words.testFailed(error) },
      ),
  });
  const path = `/webhooks/${webhook.id}`;
  return (
    <Paper p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <Stack gap={2}>
            <Group gap="sm">
              <Title order={2}>{webhook.name}</Title>
              <StatusPill tone={webhook.active ? 'good' : 'idle'}>
                {webhook.active ? words.active : words.inactive}
              </StatusPill>
            </Group>
            <Text fz="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {webhook.url}
            </Text>
            <Text fz="sm" c="dimmed">
              {webhook.events.join(', ')}
              {webhook.testCalls && ` · ${words.withTestCalls}`}
            </Text>
          </Stack>
          <Group gap="xs">
            <Button
              variant="default"
              size="compact-sm"
              loading={test.isPending}
              onClick={() => test.mutate({ method: 'POST', path: `${path}/test` })}
            >
              {words.test}
            </Button>
            <Button
              variant="default"
              size="compact-sm"
              onClick={() => change.mutate({ method: 'PATCH', path, body: { active: !webhook.active } })}
            >
              {webhook.active ? words.switchOff : words.switchOn}
            </Button>
            <ConfirmButton
              label={t.common.delete}
              title={words.removeTitle(webhook.name)}
              text={words.removeText}
              isDangerous
              size="compact-sm"
              onConfirm={() => change.mutate({ method: 'DELETE', path })}
            />
          </Group>
        </Group>
        <WebhookDeliveries webhookId={webhook.id} />
      </Stack>
    </Paper>
  );
};

const AddWebhook = ({ onDone }: { onDone: () => void }) => {
  const form = useForm({
    initialValues: { name: '', url: '', events: [...webhookEventTypes] as string[], testCalls: false },
  });
  const add = useChange<WebhookWithSecret>({ isQuiet: true });
  useUnsavedInput(() => add.data === undefined && form.isDirty());
  if (add.data) {
    return (
      <Stack gap="md">
        <Alert variant="light" color="yellow">
          {words.once}
        </Alert>
        <CopyValue label={words.secret} value={add.data.secret} />
        <Group justify="flex-end">
          <Button onClick={onDone}>{t.common.done}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) =>
        add.mutate(
          { method: 'POST', path: '/webhooks', body: values },
          { onError: (error) => form.setErrors(answeredErrors(error, Object.keys(values))) },
        ),
      )}
    >
      <Stack gap="md">
        <TextInput label={words.name} required data-autofocus {...form.getInputProps('name')} />
        <TextInput
          label={words.url}
          placeholder="https://crm.example.com/offhook"
          required
          {...form.getInputProps('url')}
        />
        <Checkbox.Group label={words.events} {...form.getInputProps('events')}>
          <Stack gap={6} mt={6}>
            {webhookEventTypes.map((type) => (
              <Checkbox key={type} value={type} label={type} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Checkbox
          label={words.testCalls}
          description={words.testCallsText}
          {...form.getInputProps('testCalls', { type: 'checkbox' })}
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
