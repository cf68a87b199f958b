/** What the page's microphone and loudspeaker are used for, on every screen as long as they are: how it goes, and how to end it. */
import { Button, Group, Loader, Text } from '@mantine/core';
import { Headphones, Headset, Mic, MicOff, PhoneOff, Undo2, X } from 'lucide-react';
import { useEffect } from 'react';
import { Link } from 'react-router';
import { t } from '../texts/texts.ts';
import classes from './audio.module.css';
import type { AudioSession } from './audio-session.ts';
import { useAudio, useAudioSession, useAudioState } from './use-audio.ts';

const words = t.audio;

export const AudioBar = () => {
  const use = useAudio();
  // a log-out takes the page's audio with it
  useEffect(() => () => use.end(), [use]);
  return <AudioControls />;
};

/** The bar by itself, also for what covers the screen. */
export const AudioControls = () => {
  const session = useAudioSession();
  return session === null ? null : <Bar session={session} />;
};

const Bar = ({ session }: { session: AudioSession }) => {
  const use = useAudio();
  const state = useAudioState(session);
  if (state === null) return null;
  const { phase, callId, isMuted, text, isFailure, digits } = state;
  const { intent } = session.start;
  const isOver = phase === 'over';
  const isTalking = intent !== 'listen' && (phase === 'on' || phase === 'reconnecting');
  const status = isOver
    ? text || words.phases.over
    : words.phases[phase === 'on' && isMuted ? 'muted' : phase];
  const Icon = intent === 'listen' ? Headphones : Headset;
  return (
    <section
      className={classes['bar']}
      aria-label={words.bar}
      data-state={isFailure ? 'failed' : isOver ? 'over' : 'on'}
    >
      <Group gap="sm" wrap="nowrap" className={classes['what']}>
        {phase === 'on' || isOver ? <Icon size={20} aria-hidden /> : <Loader size={20} aria-hidden />}
        <div>
          <Text fw={600} fz="sm">
            {words.with[intent](session.who)}
          </Text>
          <Text fz="sm" role={isFailure ? 'alert' : 'status'} className={classes['status']}>
            {status}
            {!isOver && text !== '' && ` · ${text}`}
            {digits !== '' && ` · ${digits}`}
          </Text>
        </div>
      </Group>
      <Group gap="xs">
        {callId !== null && !isOver && (
          <Button component={Link} to={`/live?call=${callId}`} variant="default" size="compact-sm">
            {words.showCall}
          </Button>
        )}
        {isTalking && (
          <Button
            variant={isMuted ? 'filled' : 'default'}
            size="compact-sm"
            aria-pressed={isMuted}
            leftSection={isMuted ? <MicOff size={15} aria-hidden /> : <Mic size={15} aria-hidden />}
            onClick={() => session.mute(!isMuted)}
          >
            {isMuted ? words.unmute : words.mute}
          </Button>
        )}
        {isTalking && intent === 'take over' && (
          <Button
            variant="default"
            size="compact-sm"
            title={words.handBackHint}
            leftSection={<Undo2 size={15} aria-hidden />}
            onClick={() => session.handBack()}
          >
            {words.handBack}
          </Button>
        )}
        {!isOver && intent !== 'listen' && (
          <Button
            variant="default"
            c="var(--offhook-bad)"
            size="compact-sm"
            leftSection={<PhoneOff size={15} aria-hidden />}
            onClick={() => session.hangUp()}
          >
            {words.hangUp}
          </Button>
        )}
        {(isOver || intent === 'listen') && (
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<X size={15} aria-hidden />}
            onClick={() => use.end()}
          >
            {isOver ? words.dismiss : words.stopListening}
          </Button>
        )}
      </Group>
    </section>
  );
};
