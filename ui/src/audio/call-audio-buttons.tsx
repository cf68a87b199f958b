/** What a person may do with the audio of a live call. How it then goes is told by the audio bar. */
import { Button } from '@mantine/core';
import { Headphones, Headset } from 'lucide-react';
import type { LiveCall } from '../../../controller/contract/live.ts';
import { callerOf } from '../calls/call-words.ts';
import { useMay, useSession } from '../session/use-session.ts';
import { t } from '../texts/texts.ts';
import { useAudio, useAudioSession, useAudioState } from './use-audio.ts';

const words = t.audio;

export const CallAudioButtons = ({ call }: { call: LiveCall }) => {
  const use = useAudio();
  const session = useAudioSession();
  const state = useAudioState(session);
  const workspaceId = useSession().workspaceId ?? undefined;
  const mayTalk = useMay('operator');
  const isHere = state !== null && state.phase !== 'over' && state.callId === call.id;
  const current = isHere ? session?.start.intent : undefined;
  // who talks himself hears the caller already
  if (current === 'take over' || current === 'talk') return null;
  const begin = (intent: 'listen' | 'take over'): void =>
    use.begin({ type: 'start', intent, callId: call.id, workspaceId }, callerOf(call));
  return (
    <>
      <Button
        variant="default"
        leftSection={<Headphones size={16} aria-hidden />}
        disabled={current === 'listen' || call.state === 'bridged'}
        onClick={() => begin('listen')}
      >
        {words.listen}
      </Button>
      {mayTalk && (
        <Button
          variant="default"
          leftSection={<Headset size={16} aria-hidden />}
          disabled={call.state !== 'talking' || call.takenOverBy !== undefined}
          onClick={() => begin('take over')}
        >
          {words.takeOver}
        </Button>
      )}
    </>
  );
};
