/** A trunk's status as it is now: the pill for lists, and the panel that says what to check. */
import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { Link } from 'react-router';
import type { ConnectionType, Trunk, TrunkStatus } from '../../../../controller/contract/trunk.ts';
import { request } from '../../api/request.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import type { Tone } from '../../components/status-dot.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { ago } from '../../components/time.ts';
import { useNow } from '../../components/use-now.ts';
import { useLiveTrunk } from '../../live/use-live.ts';
import { useRights } from '../../session/use-session.ts';
import { said, t } from '../../texts/texts.ts';

const words = t.trunks.status;

const tones: Readonly<Record<TrunkStatus['state'], Tone>> = {
  connecting: 'wait',
  waiting: 'wait',
  registered: 'good',
  active: 'good',
  failed: 'bad',
  inactive: 'idle',
};

/** What the live link says, or what the last answer said while it has said nothing. */
export const useTrunkStatus = (trunk: Pick<Trunk, 'id' | 'status'>): TrunkStatus =>
  useLiveTrunk(trunk.id)?.status ?? trunk.status;

export const TrunkStatusPill = ({ trunk }: { trunk: Pick<Trunk, 'id' | 'status'> }) => {
  const { state, text } = useTrunkStatus(trunk);
  return <StatusPill tone={tones[state]}>{said(text)}</StatusPill>;
};

export const TrunkStatusPanel = ({
  trunk,
}: {
  trunk: Pick<Trunk, 'id' | 'status'> & { connectionType: ConnectionType };
}) => {
  const status = useTrunkStatus(trunk);
  const now = useNow();
  const may = useRights();
  const [isOperator, isAdmin] = [may('operator'), may('admin')];
  const reRegister = useMutation({
    mutationFn: () => request<Trunk>('POST', `/trunks/${trunk.id}/re-register`),
  });
  const mayRegister =
    trunk.connectionType === 'extension' && (status.state === 'failed' || status.state === 'connecting');
  const isWaiting = status.state === 'failed' && status.nextAttemptAt !== null;
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="sm" align="flex-start">
        <Stack gap={4} flex="1 1 220px" align="flex-start">
          {/* the clock below stays outside: it would be read out each second */}
          <div role="status">
            <TrunkStatusPill trunk={trunk} />
          </div>
          <Text fz="xs" c="dimmed" className="tabular">
            {t.common.since(ago(status.since, now))}
            {isWaiting && ` · ${words.nextAttempt(ago(status.nextAttemptAt ?? '', now))}`}
          </Text>
        </Stack>
        {isOperator && mayRegister && (
          <Button
            variant={status.state === 'failed' ? 'filled' : 'default'}
            leftSection={<RefreshCw size={15} aria-hidden />}
            flex="none"
            loading={reRegister.isPending}
            onClick={() => reRegister.mutate()}
          >
            {words.reRegister}
          </Button>
        )}
      </Group>
      {status.state === 'connecting' && status.check === '' && (
        <Text fz="sm" c="dimmed">
          {words.expected}
        </Text>
      )}
      {status.state === 'waiting' && (
        <Text fz="sm" c="dimmed">
          {words.waiting}
        </Text>
      )}
      {status.check !== '' && (
        <div>
          <Text fz="xs" c="dimmed" fw={550}>
            {words.check}
          </Text>
          <Text fz="sm">{said(status.check)}</Text>
          {status.state === 'failed' && isAdmin && (
            <Anchor component={Link} to={`/settings/pbx/${trunk.id}/settings`} fz="sm" underline="always">
              {words.correct}
            </Anchor>
          )}
        </div>
      )}
      <FailureNote error={reRegister.error} />
    </Stack>
  );
};
