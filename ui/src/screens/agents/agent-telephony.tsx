/** Which trunks and numbers lead to an agent. Linking a trunk changes the trunk. */
import { Alert, Anchor, Button, Group, List, MultiSelect, Paper, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowRightLeft } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Agent } from '../../../../controller/contract/agent.ts';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { agentsQuery, numbersQuery, trunksQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Allowed, EditableBy } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';

const words = t.agents.telephony;

export const AgentTelephony = ({ agent }: { agent: Agent }) => {
  const trunks = useQuery(trunksQuery);
  const numbers = useQuery(numbersQuery);
  const assigned = (numbers.data ?? []).filter(({ agentId }) => agentId === agent.id);
  return (
    <Paper p="lg">
      <Stack gap="lg">
        <Loaded query={trunks}>
          {(items) =>
            items.length === 0 ? (
              <Group gap="sm">
                <Text fz="sm">{words.noTrunks}</Text>
                <Button component={Link} to="/numbers/connect-carrier/sip-trunk" size="compact-sm">
                  {words.connect}
                </Button>
              </Group>
            ) : (
              <Links key={items.map(({ agentId }) => agentId).join()} agent={agent} trunks={items} />
            )
          }
        </Loaded>
        <Stack gap={6}>
          <Title order={2}>{words.numbers}</Title>
          {assigned.length === 0 ? (
            <Text fz="sm" c="dimmed">
              {words.noNumbers}
            </Text>
          ) : (
            <List fz="sm">
              {assigned.map(({ id, number, label }) => (
                <List.Item key={id}>
                  <Anchor component={Link} to="/numbers" fz="sm">
                    {number} {label}
                  </Anchor>
                </List.Item>
              ))}
            </List>
          )}
        </Stack>
      </Stack>
    </Paper>
  );
};

const Links = ({ agent, trunks }: { agent: Agent; trunks: readonly Trunk[] }) => {
  const queries = useQueryClient();
  const agents = useQuery(agentsQuery);
  const linked = trunks.filter(({ agentId }) => agentId === agent.id).map(({ id }) => id);
  const [chosen, setChosen] = useState(linked);
  const added = trunks.filter(({ id }) => chosen.includes(id) && !linked.includes(id));
  const removed = linked.filter((id) => !chosen.includes(id));
  const save = useMutation({
    mutationFn: async () => {
      for (const { id } of added) await request('PATCH', `/trunks/${id}`, { body: { agentId: agent.id } });
      for (const id of removed) await request('PATCH', `/trunks/${id}`, { body: { agentId: null } });
    },
    onSuccess: () => notifications.show({ message: t.agents.saved, color: 'teal' }),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['config'] }),
  });
  const taken = added.flatMap(({ name, agentId }) => {
    const other = agents.data?.find(({ id }) => id === agentId);
    return other === undefined ? [] : [words.takes(name, other.name)];
  });
  return (
    <EditableBy role="admin">
      <Stack gap="sm">
        <MultiSelect
          label={words.label}
          description={words.text}
          placeholder={chosen.length === 0 ? words.placeholder : ''}
          data={trunks.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={setChosen}
          searchable={trunks.length > 8}
          maw={520}
        />
        {taken.length > 0 && (
          <Alert variant="light" color="yellow" icon={<ArrowRightLeft size={18} />}>
            <Text fz="sm">{taken.join(' ')}</Text>
          </Alert>
        )}
        <FailureNote error={save.error} />
        <Allowed role="admin">
          <Group>
            <Button
              disabled={added.length + removed.length === 0}
              loading={save.isPending}
              onClick={() => save.mutate()}
            >
              {t.common.save}
            </Button>
          </Group>
        </Allowed>
      </Stack>
    </EditableBy>
  );
};
