/** For whom no PBX is at hand: a real one on Offhook's machine at one click, and a caller on it. */
import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { FlaskConical, PhoneCall } from 'lucide-react';
import { useNavigate } from 'react-router';
import type { Agent } from '../../../../controller/contract/agent.ts';
import type { DemoPbxState } from '../../../../controller/contract/demo-pbx.ts';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { demoPbxQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { t } from '../../texts/texts.ts';

const words = t.start.demo;

const people = [
  {
    ext: '215',
    name: 'Sarah',
    owner: 'Sarah Jones',
    department: 'Accounts',
    aliases: ['billing', 'invoices'],
  },
  { ext: '100', name: 'Reception', aliases: ['front desk', 'operator'] },
];

/** What an admin would enter: an agent, the trunk with the extension's credentials, the directory. */
const setUp = async (): Promise<void> => {
  const { connection } = await request<DemoPbxState>('POST', '/demo-pbx');
  const agent = await request<Agent>('POST', '/agents', {
    body: { name: t.start.agentName, kind: 'receptionist', settings: { fallbackExtension: '100' } },
  });
  const trunk = await request<Trunk>('POST', '/trunks', {
    body: { name: words.trunk, pbxType: 'asterisk', agentId: agent.id, ...connection },
  });
  for (const body of people) await request('POST', `/trunks/${trunk.id}/extensions`, { body });
};

/** Offers to start it. */
export const DemoPbx = () => {
  const queries = useQueryClient();
  const demo = useQuery(demoPbxQuery);
  const start = useMutation({
    mutationFn: setUp,
    onSettled: () => void queries.invalidateQueries(),
  });
  if (demo.data?.available !== true) return null;
  return (
    <>
      <Group gap="xs" mt={4}>
        <Text fz="sm">{words.question}</Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<FlaskConical size={14} aria-hidden />}
          loading={start.isPending}
          onClick={() => start.mutate()}
        >
          {words.start}
        </Button>
      </Group>
      <Text fz="xs" c="dimmed">
        {words.text}
      </Text>
      <FailureNote error={start.error} />
    </>
  );
};

/** While it runs: lets its caller dial Offhook. */
export const DemoCall = () => {
  const navigate = useNavigate();
  const demo = useQuery(demoPbxQuery);
  const call = useMutation({
    mutationFn: () => request('POST', '/demo-pbx/call'),
    onSuccess: () => void navigate('/live'),
  });
  if (demo.data?.running !== true) return null;
  return (
    <>
      <Group gap="xs" mt={4}>
        <Text fz="sm">{words.caller}</Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<PhoneCall size={14} aria-hidden />}
          loading={call.isPending}
          onClick={() => call.mutate()}
        >
          {words.call}
        </Button>
      </Group>
      <FailureNote error={call.error} />
    </>
  );
};
