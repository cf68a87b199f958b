/** What was sent to one webhook, and how it went; asked for when it is opened. */
import { Accordion, Button, Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeliveryState } from '../../../../controller/contract/webhook.ts';
import { deliveriesQuery } from '../../api/settings-queries.ts';
import { Loaded } from '../../components/loaded.tsx';
import type { Tone } from '../../components/status-dot.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { whenOf } from '../../components/time.ts';
import { t } from '../../texts/texts.ts';
import { useChange } from './use-change.ts';

const words = t.settings.webhooks;
const toneOf: Record<DeliveryState, Tone> = { waiting: 'wait', delivered: 'good', 'given up': 'bad' };

export const WebhookDeliveries = ({ webhookId }: { webhookId: string }) => {
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <Accordion value={opened} onChange={setOpened} chevronPosition="left">
      <Accordion.Item value="deliveries" style={{ border: 0 }}>
        <Accordion.Control px={0}>{words.deliveries}</Accordion.Control>
        <Accordion.Panel>{opened !== null && <Deliveries webhookId={webhookId} />}</Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
};

const Deliveries = ({ webhookId }: { webhookId: string }) => {
  const deliveries = useQuery(deliveriesQuery(webhookId));
  const repeat = useChange();
  return (
    <Loaded query={deliveries}>
      {({ items }) =>
        items.length === 0 ? (
          <Text fz="sm" c="dimmed">
            {words.noDeliveries}
          </Text>
        ) : (
          <Table.ScrollContainer minWidth={560} type="native">
            <Table>
              <Table.Tbody>
                {items.map(({ id, createdAt, eventType, state, attempts, lastError }) => (
                  <Table.Tr key={id}>
                    <Table.Td>{whenOf(createdAt)}</Table.Td>
                    <Table.Td>{eventType}</Table.Td>
                    <Table.Td>
                      <Group gap="xs">
                        <StatusPill tone={toneOf[state]}>{words.states[state]}</StatusPill>
                        <Text fz="xs" c="dimmed">
                          {[words.attempts(attempts), lastError].filter((text) => text !== '').join(', ')}
                        </Text>
                      </Group>
                    </Table.Td>
                    <Table.Td ta="right">
                      <Button
                        variant="default"
                        size="compact-sm"
                        onClick={() =>
                          repeat.mutate({
                            method: 'POST',
                            path: `/webhooks/${webhookId}/deliveries/${id}/repeat`,
                          })
                        }
                      >
                        {words.repeat}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )
      }
    </Loaded>
  );
};
