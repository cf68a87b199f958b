/** Every call that stands, as it happens; the chosen one beside the list, with what a person may do with it. */
import { Anchor, Box, Drawer, Group, Paper, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { PhoneCall, Search } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { LiveCall } from '../../../../controller/contract/live.ts';
import { AudioControls } from '../../audio/audio-bar.tsx';
import { callerOf } from '../../calls/call-words.ts';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { useLive } from '../../live/use-live.ts';
import { t } from '../../texts/texts.ts';
import { CallList } from './call-list.tsx';
import { CallPanel } from './call-panel.tsx';
import classes from './live.module.css';

const words = t.calls.live;

const idsOf = (calls: ReadonlyMap<string, LiveCall>, filter: string): string[] => {
  const sought = filter.trim().toLowerCase();
  if (sought === '') return [...calls.keys()];
  return [...calls.values()]
    .filter((call) =>
      `${callerOf(call)} ${call.calledNumber} ${call.agentName ?? ''} ${call.trunkName}`
        .toLowerCase()
        .includes(sought),
    )
    .map(({ id }) => id);
};

/** The same array as long as the same calls are in it: the list is then not drawn again for what its rows follow by themselves. */
const useSame = (ids: readonly string[]): readonly string[] => {
  const [kept, setKept] = useState(ids);
  if (kept === ids || (kept.length === ids.length && kept.every((id, index) => id === ids[index])))
    return kept;
  setKept(ids);
  return ids;
};

export const LiveScreen = () => {
  const calls = useLive((state) => state.calls);
  const [address, setAddress] = useSearchParams();
  const [filter, setFilter] = useState('');
  const chosen = address.get('call');
  const choose = useCallback(
    (callId: string | null) => setAddress(callId === null ? {} : { call: callId }, { replace: true }),
    [setAddress],
  );
  const shown = useSame(useMemo(() => idsOf(calls, filter), [calls, filter]));
  const isWide = useMediaQuery('(min-width: 62em)', true) ?? true;
  const panel = chosen !== null && <CallPanel key={chosen} callId={chosen} />;

  return (
    <Page
      title={words.title}
      text={words.text}
      beside={
        <Text c="dimmed" fz="sm" aria-live="polite">
          {words.count(calls.size)}
        </Text>
      }
    >
      {calls.size === 0 && chosen === null ? (
        <Empty icon={PhoneCall} title={words.empty} text={words.emptyText}>
          <Anchor component={Link} to="/history" fz="sm">
            {words.history}
          </Anchor>
        </Empty>
      ) : (
        <div className={classes['columns']}>
          <Box className={classes['left']}>
            {calls.size > 8 && (
              <TextInput
                mb="sm"
                aria-label={words.filter}
                placeholder={words.filterHint}
                leftSection={<Search size={16} aria-hidden />}
                value={filter}
                onChange={({ currentTarget }) => setFilter(currentTarget.value)}
              />
            )}
            {shown.length === 0 ? (
              <Text c="dimmed" fz="sm">
                {calls.size === 0 ? words.empty : words.nothingFits}
              </Text>
            ) : (
              <CallList callIds={shown} chosen={chosen} onChoose={choose} />
            )}
          </Box>
          {isWide && (
            <Paper className={classes['panel']} p="md">
              {panel || (
                <Group justify="center">
                  <Empty icon={PhoneCall} title={words.choose} text={words.chooseText} />
                </Group>
              )}
            </Paper>
          )}
        </div>
      )}
      {!isWide && (
        <Drawer
          opened={chosen !== null}
          onClose={() => choose(null)}
          position="bottom"
          size="85%"
          title={words.title}
        >
          {panel}
          <AudioControls />
        </Drawer>
      )}
    </Page>
  );
};
