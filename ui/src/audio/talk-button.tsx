/** Talks to an agent from the browser: a test call without any PBX. */
import { Button } from '@mantine/core';
import { Headset } from 'lucide-react';
import type { Agent } from '../../../controller/contract/agent.ts';
import { useMay, useSession } from '../session/use-session.ts';
import { t } from '../texts/texts.ts';
import { useAudio, useAudioSession, useAudioState } from './use-audio.ts';

export const TalkButton = ({ agent }: { agent: Pick<Agent, 'id' | 'name'> }) => {
  const use = useAudio();
  const workspaceId = useSession().workspaceId ?? undefined;
  const session = useAudioSession();
  const state = useAudioState(session);
  if (!useMay('operator')) return null;
  const isTalking =
    session?.start.intent === 'talk' && session.start.agentId === agent.id && state?.phase !== 'over';
  return (
    <Button
      variant="default"
      leftSection={<Headset size={16} aria-hidden />}
      disabled={isTalking}
      onClick={() => use.begin({ type: 'start', intent: 'talk', agentId: agent.id, workspaceId }, agent.name)}
    >
      {t.audio.talk}
    </Button>
  );
};
