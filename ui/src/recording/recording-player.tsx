/**
 * Plays a call's recording: its outline in two rows, the caller's and the agent's, which is one slider to seek with. The
 * browser's own audio element fetches the parts that it needs; the outline comes from the controller, so that a recording
 * of an hour is not loaded to be drawn.
 */
import { ActionIcon, Anchor, Group, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Download, Pause, Play } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { ApiFailure } from '../api/problem.ts';
import { fileAddress, request } from '../api/request.ts';
import { FailureNote } from '../components/failure-note.tsx';
import { durationOf } from '../components/time.ts';
import { t } from '../texts/texts.ts';
import { DeleteRecording } from './delete-recording.tsx';
import classes from './recording-player.module.css';
import { outlineOf, rowHeight } from './waveform.ts';

const words = t.calls.recording;
const pieces = 600;
const rates = ['0.75', '1', '1.25', '1.5', '2'];

type Peaks = { seconds: number; caller: number[]; agent: number[] };

/** Nothing for a call that was not recorded. */
export const RecordingPlayer = ({ callId }: { callId: string }) => {
  const peaks = useQuery({
    queryKey: ['calls', 'one', callId, 'peaks'],
    queryFn: async ({ signal }): Promise<Peaks | null> => {
      try {
        const path = `/calls/${callId}/recording/peaks?pieces=${pieces}`;
        return await request<Peaks>('GET', path, { signal });
      } catch (error) {
        if (error instanceof ApiFailure && error.status === 404) return null;
        throw error;
      }
    },
  });
  if (peaks.error !== null) return <FailureNote error={peaks.error} onRetry={() => void peaks.refetch()} />;
  return peaks.data ? <Player callId={callId} peaks={peaks.data} /> : null;
};

const Player = ({ callId, peaks }: { callId: string; peaks: Peaks }) => {
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [seconds, setSeconds] = useState(0);
  const [rate, setRate] = useState('1');
  const [isBroken, setBroken] = useState(false);
  const address = fileAddress(`/calls/${callId}/recording`);
  useCursor(audio, isPlaying, setSeconds);
  useEffect(() => {
    if (audio.current) audio.current.playbackRate = Number(rate);
  }, [rate]);

  const play = (): void => {
    const element = audio.current;
    if (element === null) return;
    setBroken(false);
    if (isPlaying) element.pause();
    // `onError` and `onPause` say how it went
    else void element.play().catch(() => setPlaying(false));
  };
  const seek = (to: number): void => {
    if (audio.current) audio.current.currentTime = to;
    setSeconds(to);
  };
  return (
    <Paper p="md" component="section" aria-label={words.title}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2}>{words.title}</Title>
          <Group gap="md">
            <Anchor href={address} download={`call-${callId}.wav`} fz="sm">
              <Group gap={5} component="span">
                <Download size={15} aria-hidden /> {words.download}
              </Group>
            </Anchor>
            <DeleteRecording callId={callId} />
          </Group>
        </Group>
        {/* biome-ignore lint/a11y/useMediaCaption: the call's transcript stands beside it */}
        <audio
          ref={audio}
          src={address}
          preload="none"
          onPlay={() => setPlaying(true)}
          onPause={() => setPlaying(false)}
          onEnded={() => setPlaying(false)}
          onError={() => setBroken(true)}
        />
        <Outline peaks={peaks} seconds={seconds} onSeek={seek} />
        <Group gap="md">
          <ActionIcon
            size="lg"
            variant="filled"
            aria-label={isPlaying ? words.pause : words.play}
            onClick={play}
          >
            {isPlaying ? <Pause size={18} /> : <Play size={18} />}
          </ActionIcon>
          <span className={classes['time']}>
            {words.at(durationOf(1000 * seconds), durationOf(1000 * peaks.seconds))}
          </span>
          <Select
            aria-label={words.speed}
            data={rates.map((value) => ({ value, label: words.times(value) }))}
            value={rate}
            onChange={(value) => setRate(value ?? '1')}
            w={92}
            size="xs"
          />
        </Group>
        {isBroken && (
          <Text role="alert" fz="sm" c="var(--offhook-bad)">
            {words.broken}
          </Text>
        )}
      </Stack>
    </Paper>
  );
};

const Outline = (props: { peaks: Peaks; seconds: number; onSeek: (seconds: number) => void }) => {
  const { peaks, seconds, onSeek } = props;
  const clip = useId();
  const width = Math.max(1, peaks.caller.length - 1);
  const height = 2 * rowHeight;
  const x = peaks.seconds === 0 ? 0 : Math.min(width, (seconds / peaks.seconds) * width);
  const rows = (
    <>
      <path className={classes['caller']} d={outlineOf(peaks.caller, 0)} />
      <path className={classes['agent']} d={outlineOf(peaks.agent, rowHeight)} />
    </>
  );
  return (
    <div className={classes['frame']}>
      <div className={classes['names']} aria-hidden="true">
        <span>{t.calls.callerSaid}</span>
        <span>{t.calls.agentSaid}</span>
      </div>
      <div className={classes['picture']}>
        <svg
          className={classes['wave']}
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <clipPath id={clip}>
            <rect x="0" y="0" width={x} height={height} />
          </clipPath>
          <line className={classes['middle']} x1="0" x2={width} y1={rowHeight} y2={rowHeight} />
          {rows}
          <g className={classes['played']} clipPath={`url(#${clip})`}>
            {rows}
          </g>
          <line className={classes['cursor']} x1={x} x2={x} y1="0" y2={height} />
        </svg>
        <input
          type="range"
          className={classes['slider']}
          min={0}
          max={peaks.seconds}
          step="any"
          value={seconds}
          aria-label={words.place}
          aria-valuetext={words.at(durationOf(1000 * seconds), durationOf(1000 * peaks.seconds))}
          onChange={({ currentTarget }) => onSeek(Number(currentTarget.value))}
          onKeyDown={(event) => {
            const step = {
              ArrowLeft: -2,
              ArrowDown: -2,
              ArrowRight: 2,
              ArrowUp: 2,
              PageDown: -15,
              PageUp: 15,
            }[event.key];
            if (step === undefined) return;
            event.preventDefault();
            onSeek(Math.min(peaks.seconds, Math.max(0, seconds + step)));
          }}
        />
      </div>
    </div>
  );
};

/** Follows what is played, once a frame: the element itself tells only four times a second. */
const useCursor = (
  audio: React.RefObject<HTMLAudioElement | null>,
  isPlaying: boolean,
  onMove: (seconds: number) => void,
): void => {
  useEffect(() => {
    const element = audio.current;
    if (!isPlaying || element === null) return undefined;
    const follow = (): void => {
      onMove(element.currentTime);
      frame = requestAnimationFrame(follow);
    };
    let frame = requestAnimationFrame(follow);
    return () => {
      cancelAnimationFrame(frame);
      onMove(element.currentTime);
    };
  }, [audio, isPlaying, onMove]);
};
