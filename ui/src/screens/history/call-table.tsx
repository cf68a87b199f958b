/** Calls that are over, a row each, with what matters most on a narrow screen. The whole row leads to the call. */
import { Badge, Group, Table, Text } from '@mantine/core';
import { Link, useNavigate } from 'react-router';
import type { PastCall } from '../../../../controller/contract/call.ts';
import { CallLength } from '../../calls/call-length.tsx';
import { callerOf, toneOfFault } from '../../calls/call-words.ts';
import { ListTable } from '../../components/list-table.tsx';
import { StatusDot } from '../../components/status-dot.tsx';
import { whenOf } from '../../components/time.ts';
import { said, t } from '../../texts/texts.ts';
import classes from './call-table.module.css';

const { columns } = t.calls;

export const CallTable = ({ calls }: { calls: readonly PastCall[] }) => (
  <ListTable
    minWidth={320}
    className={classes['wide']}
    columns={[
      columns.when,
      columns.caller,
      { label: columns.called, isWideOnly: true },
      { label: columns.agent, isWideOnly: true },
      columns.outcome,
      { label: columns.duration, isWideOnly: true },
    ]}
  >
    {calls.map((call) => (
      <Row key={call.id} call={call} />
    ))}
  </ListTable>
);

const Row = ({ call }: { call: PastCall }) => {
  const navigate = useNavigate();
  const to = `/history/${call.id}`;
  return (
    <Table.Tr className={classes['row']} onClick={() => void navigate(to)}>
      <Table.Td className={classes['when']}>
        {/* the link is what a keyboard and a screen reader find; the row is for the mouse */}
        <Link to={to} className={classes['link']} onClick={(event) => event.stopPropagation()}>
          {whenOf(call.offeredAt)}
        </Link>
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <span>{callerOf(call)}</span>
          {call.isTest && (
            <Badge size="xs" variant="light" color="gray">
              {t.calls.test}
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {call.calledNumber}
        <Text fz="xs" c="dimmed">
          {call.trunkName}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{call.agentName ?? '–'}</Table.Td>
      <Table.Td>
        <span className={classes['outcome']}>
          <StatusDot tone={toneOfFault(call.fault)} />
          <span>
            {call.outcome === null ? t.calls.one.stillRunning : said(call.outcome)}
            {call.fault !== null && call.fault !== 'none' && call.fault !== 'caller' && (
              <Text fz="xs" c="dimmed">
                {t.calls.columns.fault}: {t.calls.faults[call.fault]}
              </Text>
            )}
          </span>
        </span>
      </Table.Td>
      <Table.Td className={classes['when']} visibleFrom="sm">
        <CallLength call={call} />
      </Table.Td>
    </Table.Tr>
  );
};
