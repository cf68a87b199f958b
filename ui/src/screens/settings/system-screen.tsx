/** What Offhook needs in order to work, each part in words, as the live link tells it. */
import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Loading } from '../../components/loading.tsx';
import { Page } from '../../components/page.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { useLive } from '../../live/use-live.ts';
import { t } from '../../texts/texts.ts';

const words = t.settings.system;
const parts = ['switch', 'database', 'speech', 'disk', 'agents'] as const;

export const SystemScreen = () => {
  const system = useLive((state) => state.system);
  return (
    <Page title={words.title} text={words.text} isNarrow>
      {system === null ? (
        <Loading />
      ) : (
        <Stack gap="sm">
          {parts.map((part) => (
            <Paper key={part} p="md">
              <Group justify="space-between" align="flex-start">
                <Stack gap={2} flex="1 1 240px">
                  <Title order={2}>{t.shell.system.parts[part]}</Title>
                  <Text fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                    {system[part].text}
                  </Text>
                </Stack>
                <StatusPill tone={system[part].ready ? 'good' : 'bad'}>
                  {system[part].ready ? words.ready : words.notReady}
                </StatusPill>
              </Group>
            </Paper>
          ))}
        </Stack>
      )}
    </Page>
  );
};
