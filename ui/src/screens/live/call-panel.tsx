/** One live call beside the list: its transcript as it comes, transfer and hang-up. Stays for a call that has just ended. */
import { Anchor, Button, Group, Popover, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { PhoneOff } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { Link } from 'react-router';
import type { TimelineEntry } from '../../../../controller/contract/call.ts';
import { timelineKept } from '../../../../controller/contract/client/live-view.ts';
import type { LiveCall } from '../../../../controller/contract/live.ts';
import { messageOf } from '../../api/problem.ts';
import { request } from '../../api/request.ts';
import { CallAudioButtons } from '../../audio/call-audio-buttons.tsx';
import { LevelMeters } from '../../audio/level-meters.tsx';
import { CallLength } from '../../calls/call-length.tsx';
import { callerOf, toneOfFault, toneOfState } from '../../calls/call-words.ts';
import { Timeline } from '../../calls/timeline.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { useLive } from '../../live/use-live.ts';
import { Allowed } from '../../session/allowed.tsx';
import { said, t } from '../../texts/texts.ts';
import classes from './live.module.css';
import { TransferButton } from './transfer-button.tsx';

const words = t.calls.live;
/** At once when a call is chosen; the others follow when there is time. */
const linesAtFirst = 20;

export const CallPanel = ({ callId }: { callId: string }) => {
  const call = useLive((state) => state.calls.get(callId) ?? state.ended.find(({ id }) => id === callId));
  if (call === undefined) {
    return (
      <Stack gap="xs">
        <Text fz="sm">{words.over}</Text>
        <Anchor component={Link} to={`/history/${callId}`} fz="sm">
          {words.open}
        </Anchor>
      </Stack>
    );
  }
  const isOver = call.outcome !== null;
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={4}>
          <Title order={2}>{callerOf(call)}</Title>
          <Text fz="sm" c="dimmed">
            {call.agentName ?? t.calls.noAgent} · {call.trunkName} · {call.calledNumber} ·{' '}
            <CallLength call={call} />
          </Text>
        </Stack>
        <StatusPill tone={isOver ? toneOfFault(call.fault) : toneOfState[call.state]}>
          {call.outcome === null ? t.calls.states[call.state] : said(call.outcome)}
        </StatusPill>
      </Group>
      {!isOver && (
        <Group gap="xs">
          <CallAudioButtons call={call} />
          <Allowed role="operator">
            {call.trunkId !== '' && <TransferButton call={call} />}
            <HangUpButton call={call} />
          </Allowed>
        </Group>
      )}
      {!isOver && <LevelMeters callId={call.id} isTakenOver={call.takenOverBy !== undefined} />}
      {!isOver && call.takenOverBy !== undefined && (
        <Text fz="sm" fw={550}>
          {t.audio.takenOver(call.takenOverBy)}
        </Text>
      )}
      <Following entries={call.timeline} />
      <Anchor component={Link} to={`/history/${callId}`} fz="sm">
        {words.open}
      </Anchor>
    </Stack>
  );
};

/**
 * The latest lines; what came before is under All details. Laid out from its end, so that the browser by itself stays at the
 * newest line, unless one has scrolled up to read.
 */
const Following = ({ entries }: { entries: readonly TimelineEntry[] }) => {
  const lines = useDeferredValue(timelineKept, linesAtFirst);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className={classes['timeline']} tabIndex={0} aria-label={t.calls.one.timeline}>
      <Timeline entries={entries.slice(-lines)} />
    </section>
  );
};

const HangUpButton = ({ call }: { call: LiveCall }) => {
  const [isAsking, setAsking] = useState(false);
  const hangUp = useMutation({
    mutationFn: () => request('POST', `/calls/${call.id}/hang-up`),
    onError: (error) => notifications.show({ color: 'red', message: messageOf(error) }),
    onSettled: () => setAsking(false),
  });
  return (
    <Popover opened={isAsking} onChange={setAsking} position="bottom-start" withArrow trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          c="var(--offhook-bad)"
          leftSection={<PhoneOff size={16} aria-hidden />}
          onClick={() => setAsking(true)}
        >
          {words.hangUp}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text fz="sm">{words.hangUpAsk}</Text>
          <Group gap="xs" justify="flex-end">
            <Button size="compact-sm" variant="default" onClick={() => setAsking(false)}>
              {t.common.cancel}
            </Button>
            <Button size="compact-sm" color="red" loading={hangUp.isPending} onClick={() => hangUp.mutate()}>
              {words.hangUp}
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
};
