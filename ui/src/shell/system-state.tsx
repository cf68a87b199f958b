/** The state of switch, database and speech in the header: one dot, the words behind it. */
import { Button, Group, Popover, Stack, Text, VisuallyHidden } from '@mantine/core';
import { StatusDot, type Tone } from '../components/status-dot.tsx';
import { useLive } from '../live/use-live.ts';
import { t } from '../texts/texts.ts';

const partNames = ['switch', 'database', 'speech', 'disk', 'agents'] as const;

export const SystemState = () => {
  const system = useLive((state) => state.system);
  const connection = useLive((state) => state.connection);
  const bad = system === null ? [] : partNames.filter((name) => !system[name].ready);
  const known = system !== null && connection === 'live';
  const tone: Tone = !known ? 'idle' : bad.length === 0 ? 'good' : 'bad';
  const words = !known
    ? t.shell.system.unknown
    : bad.length === 0
      ? t.shell.system.good
      : t.shell.system.bad(bad.map((name) => t.shell.system.parts[name]).join(', '));
  return (
    <Popover width={320} position="bottom-end" withArrow shadow="md">
      <Popover.Target>
        <Button variant="subtle" color="gray" size="compact-sm" c="var(--mantine-color-text)">
          <Group gap={7} wrap="nowrap" component="span">
            <StatusDot tone={tone} />
            <Text span fz="sm" fw={500} visibleFrom="sm">
              {words}
            </Text>
            <VisuallyHidden hiddenFrom="sm">{words}</VisuallyHidden>
          </Group>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text fz="sm" fw={600} role="status">
            {words}
          </Text>
          {system !== null &&
            partNames.map((name) => (
              <Group key={name} gap="xs" wrap="nowrap" align="flex-start">
                <StatusDot tone={!known ? 'idle' : system[name].ready ? 'good' : 'bad'} />
                <div>
                  <Text fz="sm" fw={550} lh={1.3}>
                    {t.shell.system.parts[name]}
                  </Text>
                  <Text fz="xs" c="dimmed" lh={1.4}>
                    {system[name].text}
                  </Text>
                </div>
              </Group>
            ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
};
