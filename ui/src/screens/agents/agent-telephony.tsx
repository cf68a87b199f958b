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
import { changeStored, readStored } from '../../api/stored.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { useUnsavedInput } from '../../forms/unsaved-input.ts';
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
              <Links agent={agent} trunks={items} />
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

/** Each trunk that is chosen or left out is a change of its own: the others stay what they are, whoever changes them. */
type Chosen = { added: readonly string[]; removed: readonly string[] };
const nothing: Chosen = { added: [], removed: [] };

const Links = ({ agent, trunks }: { agent: Agent; trunks: readonly Trunk[] }) => {
  const queries = useQueryClient();
  const agents = useQuery(agentsQuery);
  const linked = trunks.filter(({ agentId }) => agentId === agent.id).map(({ id }) => id);
  const [chosen, setChosen] = useState(nothing);
  const added = trunks.filter(({ id }) => chosen.added.includes(id) && !linked.includes(id));
  const removed = trunks.filter(({ id }) => chosen.removed.includes(id) && linked.includes(id));
  const shown = trunks
    .map(({ id }) => id)
    .filter((id) => (linked.includes(id) || chosen.added.includes(id)) && !chosen.removed.includes(id));
  const isDirty = added.length + removed.length > 0;
  useUnsavedInput(() => isDirty);
  const save = useMutation({
    mutationFn: async () => {
      for (const trunk of added) await link(trunk, agent.id);
      for (const trunk of removed) await link(trunk, null);
    },
    onSuccess: () => notifications.show({ message: t.agents.saved, color: 'teal' }),
    onSettled: async (_, error) => {
      await queries.invalidateQueries({ queryKey: ['config'] });
      if (error === null) setChosen(nothing);
    },
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
          placeholder={shown.length === 0 ? words.placeholder : ''}
          data={trunks.map(({ id, name }) => ({ value: id, label: name }))}
          value={shown}
          onChange={(next) => {
            save.reset();
            setChosen({
              added: next.filter((id) => !linked.includes(id)),
              removed: linked.filter((id) => !next.includes(id)),
            });
          }}
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
            <Button disabled={!isDirty} loading={save.isPending} onClick={() => save.mutate()}>
              {t.common.save}
            </Button>
          </Group>
        </Allowed>
      </Stack>
    </EditableBy>
  );
};

/** Gives a trunk to an agent, unless it was given to another one since it was shown. */
const link = async (shown: Trunk, agentId: string | null): Promise<void> => {
  const path = `/trunks/${shown.id}`;
  const { thing, tag } = await readStored<Trunk>(path);
  if (thing.agentId !== shown.agentId) throw new Error(t.forms.conflict.trunk(shown.name));
  await changeStored<Trunk>(path, { agentId }, tag);
};
