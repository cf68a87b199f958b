/** All agents, with who reaches them. */
import { Anchor, Button, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Bot, Plus } from 'lucide-react';
import { Link } from 'react-router';
import { agentsQuery, numbersQuery, trunksQuery } from '../../api/queries.ts';
import { ListPage } from '../../components/list-page.tsx';
import { Allowed } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';

const words = t.agents;

export const AgentsScreen = () => {
  const agents = useQuery(agentsQuery);
  const trunks = useQuery(trunksQuery);
  const numbers = useQuery(numbersQuery);
  const add = (
    <Allowed role="admin">
      <Button component={Link} to="/agents/new" leftSection={<Plus size={16} aria-hidden />}>
        {words.add}
      </Button>
    </Allowed>
  );
  return (
    <ListPage
      title={words.title}
      text={words.text}
      query={agents}
      none={{ icon: Bot, title: words.none, text: words.noneDo }}
      add={add}
      table={{
        columns: [words.columns.name, words.columns.kind, words.columns.telephony, words.columns.numbers],
        minWidth: 560,
      }}
      item={(agent) => {
        const linked = (trunks.data ?? []).filter(({ agentId }) => agentId === agent.id);
        const assigned = (numbers.data ?? []).filter(({ agentId }) => agentId === agent.id);
        const isReached = linked.length + assigned.length > 0;
        return (
          <Table.Tr key={agent.id}>
            <Table.Td>
              <Anchor component={Link} to={agent.id} fw={600} fz="sm">
                {agent.name}
              </Anchor>
            </Table.Td>
            <Table.Td>{words.kinds[agent.kind]}</Table.Td>
            <Table.Td>
              {linked.map(({ name }) => name).join(', ')}
              {!isReached && trunks.data !== undefined && numbers.data !== undefined && (
                <Text fz="sm" c="var(--offhook-wait)">
                  {words.notLinked}
                </Text>
              )}
            </Table.Td>
            <Table.Td>{assigned.length === 0 ? '–' : assigned.length}</Table.Td>
          </Table.Tr>
        );
      }}
    />
  );
};
