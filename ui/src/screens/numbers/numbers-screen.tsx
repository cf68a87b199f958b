/** Phone Numbers: which trunk and which agent each has, how it does, and the ways to get one. */
import { ActionIcon, Anchor, Button, Drawer, Group, Paper, Table, Text, Tooltip } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Activity, Hash, Pencil, Plus } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { PhoneNumberBinding } from '../../../../controller/contract/number.ts';
import { agentsQuery, numbersQuery, trunksQuery } from '../../api/queries.ts';
import { readStored, type Stored } from '../../api/stored.ts';
import { Empty } from '../../components/empty.tsx';
import { ListTable } from '../../components/list-table.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { shownNumber } from '../../components/phone-number.ts';
import { showFailure } from '../../components/show-failure.ts';
import { DiagnosticsReport } from '../../diagnostics/diagnostics-report.tsx';
import { notYet } from '../../forms/use-stored-form.ts';
import { Allowed } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import { TrunkStatusPill } from '../trunks/trunk-status.tsx';
import { ConnectExtensionDialog } from './connect-extension-dialog.tsx';
import { NumberDialog } from './number-dialog.tsx';

const words = t.numbers;

type Open =
  | { dialog: 'add' }
  | { dialog: 'connect' }
  | { dialog: 'edit'; stored: Stored<PhoneNumberBinding> }
  | { dialog: 'diagnostics'; number: PhoneNumberBinding }
  | null;

export const NumbersScreen = () => {
  const numbers = useQuery(numbersQuery);
  const trunks = useQuery(trunksQuery);
  const agents = useQuery(agentsQuery);
  const [opened, setOpened] = useState<Open>(null);
  const close = (): void => setOpened(null);
  const edit = useMutation({
    mutationFn: (numberId: string) => readStored<PhoneNumberBinding>(`/numbers/${numberId}`),
    onSuccess: (stored) => setOpened({ dialog: 'edit', stored }),
    onError: showFailure,
  });
  const hasTrunks = (trunks.data?.length ?? 0) > 0;
  const trunkOf = (trunkId: string) => trunks.data?.find(({ id }) => id === trunkId);
  const agentOf = (agentId: string | null) => agents.data?.find(({ id }) => id === agentId)?.name;
  return (
    <Page
      title={words.title}
      text={words.text}
      actions={
        <Allowed role="admin">
          <Button component={Link} to="connect-carrier" variant={hasTrunks ? 'default' : 'filled'}>
            {words.connectCarrier}
          </Button>
          {hasTrunks && (
            <>
              <Button variant="default" onClick={() => setOpened({ dialog: 'connect' })}>
                {words.connectExtension}
              </Button>
              <Button
                leftSection={<Plus size={16} aria-hidden />}
                onClick={() => setOpened({ dialog: 'add' })}
              >
                {words.add}
              </Button>
            </>
          )}
        </Allowed>
      }
    >
      <Loaded query={numbers}>
        {(items) =>
          items.length === 0 ? (
            <Paper>
              <Empty icon={Hash} title={words.none} text={hasTrunks ? words.noneWithTrunk : words.noneDo} />
            </Paper>
          ) : (
            <Paper>
              <ListTable
                columns={[
                  words.columns.number,
                  words.columns.label,
                  words.columns.agent,
                  words.columns.trunk,
                  words.columns.status,
                  { label: words.columns.actions, isRight: true },
                ]}
                minWidth={720}
              >
                {items.map((item) => {
                  const trunk = trunkOf(item.trunkId);
                  const number = shownNumber(item.number);
                  const ofTrunk = agentOf(trunk?.agentId ?? null);
                  return (
                    <Table.Tr key={item.id}>
                      <Table.Td fw={600}>{number}</Table.Td>
                      <Table.Td>{item.label}</Table.Td>
                      <Table.Td>
                        {agentOf(item.agentId) ?? (
                          <Text fz="sm" c="dimmed">
                            {ofTrunk === undefined ? words.trunkAgent : words.trunkAgentNamed(ofTrunk)}
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td>
                        {trunk && (
                          <Anchor component={Link} to={`/settings/pbx/${trunk.id}`} fz="sm">
                            {trunk.name}
                          </Anchor>
                        )}
                      </Table.Td>
                      <Table.Td>{trunk && <TrunkStatusPill trunk={trunk} />}</Table.Td>
                      <Table.Td>
                        <Group gap={4} justify="flex-end" wrap="nowrap">
                          <Button
                            size="compact-sm"
                            variant="default"
                            leftSection={<Activity size={14} aria-hidden />}
                            onClick={() => setOpened({ dialog: 'diagnostics', number: item })}
                          >
                            {words.diagnostics}
                          </Button>
                          <Allowed role="admin">
                            <Tooltip label={t.common.edit}>
                              <ActionIcon
                                variant="subtle"
                                color="gray"
                                c="var(--mantine-color-dimmed)"
                                aria-label={words.edit(number)}
                                loading={edit.isPending && edit.variables === item.id}
                                onClick={() => edit.mutate(item.id)}
                              >
                                <Pencil size={15} />
                              </ActionIcon>
                            </Tooltip>
                          </Allowed>
                        </Group>
                      </Table.Td>
                    </Table.Tr>
                  );
                })}
              </ListTable>
            </Paper>
          )
        }
      </Loaded>
      {opened?.dialog === 'connect' && <ConnectExtensionDialog onDone={close} />}
      {opened?.dialog === 'add' && <NumberDialog stored={notYet} onDone={close} />}
      {opened?.dialog === 'edit' && <NumberDialog stored={opened.stored} onDone={close} />}
      <Drawer
        opened={opened?.dialog === 'diagnostics'}
        onClose={close}
        position="right"
        size="lg"
        title={opened?.dialog === 'diagnostics' && t.diagnostics.of(shownNumber(opened.number.number))}
      >
        {opened?.dialog === 'diagnostics' && (
          <DiagnosticsReport of="numbers" id={opened.number.id} trunkId={opened.number.trunkId} />
        )}
      </Drawer>
    </Page>
  );
};
