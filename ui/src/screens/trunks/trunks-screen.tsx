/** PBX Settings: all trunks with their live status. */
import { Anchor, Button, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Cable, Plus } from 'lucide-react';
import { Link } from 'react-router';
import { agentsQuery, trunksQuery } from '../../api/queries.ts';
import { ListPage } from '../../components/list-page.tsx';
import { Allowed } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import { TrunkStatusPill } from './trunk-status.tsx';

const words = t.trunks;
const connectPath = '/numbers/connect-carrier/sip-trunk';

export const TrunksScreen = () => {
  const trunks = useQuery(trunksQuery);
  const agents = useQuery(agentsQuery);
  const connect = (
    <Allowed role="admin">
      <Button component={Link} to={connectPath} leftSection={<Plus size={16} aria-hidden />}>
        {words.connect}
      </Button>
    </Allowed>
  );
  return (
    <ListPage
      title={words.title}
      text={words.text}
      query={trunks}
      none={{ icon: Cable, title: words.none, text: words.noneDo }}
      add={connect}
      table={{
        columns: [
          words.columns.name,
          words.columns.status,
          words.columns.pbx,
          words.columns.domain,
          words.columns.agent,
        ],
        minWidth: 640,
      }}
      item={(trunk) => (
        <Table.Tr key={trunk.id}>
          <Table.Td>
            <Anchor component={Link} to={trunk.id} fw={600} fz="sm">
              {trunk.name}
            </Anchor>
          </Table.Td>
          <Table.Td>
            <TrunkStatusPill trunk={trunk} />
          </Table.Td>
          <Table.Td>
            <Text fz="sm">{words.types[trunk.pbxType]}</Text>
            <Text fz="xs" c="dimmed">
              {words.connectionTypes[trunk.connectionType]}
            </Text>
          </Table.Td>
          <Table.Td>{trunk.domain}</Table.Td>
          <Table.Td>
            {agents.data?.find(({ id }) => id === trunk.agentId)?.name ?? (
              <Text fz="sm" c="dimmed">
                {words.noAgent}
              </Text>
            )}
          </Table.Td>
        </Table.Tr>
      )}
    />
  );
};
