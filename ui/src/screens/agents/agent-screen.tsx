/** One agent: what it is, how it behaves, who reaches it. */
import { Stack, Tabs } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router';
import type { Agent } from '../../../../controller/contract/agent.ts';
import { agentQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { TalkButton } from '../../audio/talk-button.tsx';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { Allowed } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import { AgentForm } from './agent-form.tsx';
import { AgentTelephony } from './agent-telephony.tsx';
import { BehaviourFields } from './behaviour-fields.tsx';
import { GeneralFields } from './general-fields.tsx';

const tabs = ['general', 'behaviour', 'telephony'] as const;
type Tab = (typeof tabs)[number];

export const AgentScreen = () => {
  const { agentId = '', tab } = useParams();
  const navigate = useNavigate();
  const agent = useQuery(agentQuery(agentId));
  const shown: Tab = tabs.find((name) => name === tab) ?? 'general';
  return (
    <Page
      title={agent.data?.name ?? t.agents.title}
      parent={{ to: '/agents', label: t.agents.title }}
      {...(agent.data ? { text: t.agents.kinds[agent.data.kind] } : {})}
      actions={
        agent.data && (
          <>
            <TalkButton agent={agent.data} />
            <Allowed role="admin">
              <DeleteButton agent={agent.data} />
            </Allowed>
          </>
        )
      }
    >
      <Loaded query={agent}>
        {(found) => (
          <Tabs
            value={shown}
            keepMounted={false}
            onChange={(next) =>
              void navigate(`/agents/${agentId}${next === 'general' || next === null ? '' : `/${next}`}`)
            }
          >
            <Tabs.List mb="lg">
              {tabs.map((name) => (
                <Tabs.Tab key={name} value={name}>
                  {t.agents.tabs[name]}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Stack maw={860}>
              <Tabs.Panel value="general">
                <AgentForm key={found.id} agent={found}>
                  {(form) => <GeneralFields form={form} stored={found.connection} />}
                </AgentForm>
              </Tabs.Panel>
              <Tabs.Panel value="behaviour">
                <AgentForm key={found.id} agent={found}>
                  {(form) => <BehaviourFields form={form} />}
                </AgentForm>
              </Tabs.Panel>
              <Tabs.Panel value="telephony">
                <AgentTelephony agent={found} />
              </Tabs.Panel>
            </Stack>
          </Tabs>
        )}
      </Loaded>
    </Page>
  );
};

const DeleteButton = ({ agent }: { agent: Agent }) => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => request('DELETE', `/agents/${agent.id}`),
    onSuccess: async () => {
      await navigate('/agents');
      queries.removeQueries({ queryKey: ['config', 'agents', agent.id] });
      void queries.invalidateQueries({ queryKey: ['config'] });
      notifications.show({ message: t.agents.deleted(agent.name), color: 'teal' });
    },
  });
  return (
    <>
      <ConfirmButton
        label={t.common.delete}
        title={t.agents.deleteTitle(agent.name)}
        text={t.agents.deleteText}
        isDangerous
        isPending={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
      <FailureNote error={remove.error} />
    </>
  );
};
