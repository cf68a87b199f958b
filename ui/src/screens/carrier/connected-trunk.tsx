/** After a trunk was made: its live status, the values for the PBX, the guide beside them, what comes next. */
import { Alert, Anchor, Button, Grid, List, Paper, Stack, Text, Title } from '@mantine/core';
import { KeyRound } from 'lucide-react';
import { Link } from 'react-router';
import type { SipTrunkWithPassword, Trunk } from '../../../../controller/contract/trunk.ts';
import { Page } from '../../components/page.tsx';
import { t } from '../../texts/texts.ts';
import { TrunkDetails } from '../trunks/trunk-details.tsx';
import { TrunkGuide } from '../trunks/trunk-guide.tsx';
import { TrunkStatusPanel } from '../trunks/trunk-status.tsx';

const words = t.trunks.carrier;

export const ConnectedTrunk = ({ trunk }: { trunk: Trunk | SipTrunkWithPassword }) => {
  const password = 'password' in trunk ? trunk.password : null;
  const trunkPath = `/settings/pbx/${trunk.id}`;
  return (
    <Page
      title={words.connected(trunk.name)}
      text={words.connectedText}
      actions={
        <Button component={Link} to={trunkPath} variant="default">
          {words.open}
        </Button>
      }
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <Paper p="md">
              <Stack gap="sm">
                <Title order={2}>{t.trunks.status.title}</Title>
                <TrunkStatusPanel trunk={trunk} />
              </Stack>
            </Paper>
            <Paper p="md">
              <Stack gap="sm">
                <Title order={2}>
                  {trunk.connectionType === 'sip-trunk'
                    ? t.trunks.credentials.title
                    : t.trunks.credentials.values}
                </Title>
                {password !== null && (
                  <Alert color="yellow" variant="light" icon={<KeyRound size={17} />} p="sm">
                    <Text fz="sm">{t.trunks.credentials.once}</Text>
                  </Alert>
                )}
                <TrunkDetails trunk={trunk} password={password} />
              </Stack>
            </Paper>
            <Paper p="md">
              <Title order={2} mb="xs">
                {words.nextSteps}
              </Title>
              <List fz="sm" type="ordered" spacing={4}>
                {trunk.agentId === null && <Next to={`${trunkPath}/settings`}>{words.linkAgent}</Next>}
                <Next to={`${trunkPath}/directory`}>{words.addDirectory}</Next>
                <List.Item>
                  {trunk.connectionType === 'extension' ? words.dial(trunk.extension) : words.dialTrunk}
                </List.Item>
                <Next to={`${trunkPath}/validate`}>{words.validate}</Next>
              </List>
            </Paper>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Paper p="lg">
            <Stack gap="sm">
              <Title order={2}>{t.trunks.guide.title}</Title>
              <TrunkGuide trunkId={trunk.id} />
            </Stack>
          </Paper>
        </Grid.Col>
      </Grid>
    </Page>
  );
};

const Next = ({ to, children }: { to: string; children: string }) => (
  <List.Item>
    <Anchor component={Link} to={to} fz="sm" underline="always">
      {children}
    </Anchor>
  </List.Item>
);
