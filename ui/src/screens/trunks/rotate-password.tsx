/** Rotate password: a new one, shown once; the old one stays right for the chosen while. */
import { Alert, Button, Group, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import type { SipTrunk, SipTrunkWithPassword } from '../../../../controller/contract/trunk.ts';
import { request } from '../../api/request.ts';
import { CopyValue } from '../../components/copy-value.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { dateAndTime } from '../../components/time.ts';
import { t } from '../../texts/texts.ts';

const words = t.trunks.settings;
const overlaps = [0, 3600, 86_400, 604_800] as const;

export const RotatePassword = ({ trunk }: { trunk: SipTrunk }) => {
  const queries = useQueryClient();
  const [overlap, setOverlap] = useState('86400');
  const rotate = useMutation({
    mutationFn: () =>
      request<SipTrunkWithPassword>('POST', `/trunks/${trunk.id}/rotate-password`, {
        body: { overlapSeconds: Number(overlap) },
      }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['config'] }),
  });
  const until = rotate.data?.oldPasswordUntil ?? trunk.oldPasswordUntil;
  return (
    <Paper p="lg">
      <Stack gap="sm">
        <Title order={2}>{words.rotate}</Title>
        <Text fz="sm" c="dimmed">
          {words.rotateText}
        </Text>
        <Group align="flex-end" gap="sm">
          <Select
            label={words.overlap}
            data={overlaps.map((seconds) => ({ value: String(seconds), label: words.overlaps[seconds] }))}
            value={overlap}
            onChange={(value) => setOverlap(value ?? '86400')}
          />
          <Button
            variant="default"
            leftSection={<KeyRound size={15} aria-hidden />}
            loading={rotate.isPending}
            onClick={() => rotate.mutate()}
          >
            {words.rotate}
          </Button>
        </Group>
        {rotate.data?.password && (
          <Alert color="yellow" variant="light" title={words.rotated} icon={<KeyRound size={17} />}>
            <Text fz="sm">{t.trunks.credentials.once}</Text>
            <CopyValue label={t.trunks.fields.sipPassword} value={rotate.data.password} />
          </Alert>
        )}
        {rotate.data !== undefined && rotate.data.notice !== '' && <Text fz="sm">{rotate.data.notice}</Text>}
        {until !== null && (
          <Text fz="sm" c="dimmed">
            {words.oldUntil(dateAndTime(until))}
          </Text>
        )}
        <FailureNote error={rotate.error} />
      </Stack>
    </Paper>
  );
};
