/** One agent: what it is, how it behaves, who reaches it. */
import { Stack, Tabs } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router';
import type { Agent } from '../../../../controller/contract/agent.ts';
import { agentQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import type { Stored } from '../../api/stored.ts';
import { TalkButton } from '../../audio/talk-button.tsx';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { StoredForm } from '../../forms/stored-form.tsx';
import { useForgetInput } from '../../forms/unsaved-input.ts';
import { UnsavedMark } from '../../forms/unsaved-mark.tsx';
import { Allowed } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import { useAgentEdit } from './agent-edit.ts';
import { AgentTelephony } from './agent-telephony.tsx';
import { BehaviourFields } from './behaviour-fields.tsx';
import { GeneralFields } from './general-fields.tsx';

const tabs = ['general', 'behaviour', 'telephony'] as const;
type Tab = (typeof tabs)[number];
/** Where a field of the form is. */
const tabOf = (field: string): Tab => (field.startsWith('settings') ? 'behaviour' : 'general');

export const AgentScreen = () => {
  const { agentId = '' } = useParams();
  const stored = useQuery(agentQuery(agentId));
  const agent = stored.data?.thing;
  return (
    <Page
      title={agent?.name ?? t.agents.title}
      parent={{ to: '/agents', label: t.agents.title }}
      {...(agent ? { text: t.agents.kinds[agent.kind] } : {})}
      actions={
        agent && (
          <>
            <TalkButton agent={agent} />
            <Allowed role="admin">
              <DeleteButton agent={agent} />
            </Allowed>
          </>
        )
      }
    >
      <Loaded query={stored}>{(found) => <AgentTabs key={found.thing.id} stored={found} />}</Loaded>
    </Page>
  );
};

const AgentTabs = ({ stored }: { stored: Stored<Agent> }) => {
  const { thing: agent } = stored;
  const { tab } = useParams();
  const navigate = useNavigate();
  const shown: Tab = tabs.find((name) => name === tab) ?? 'general';
  const go = (next: Tab): void => void navigate(`/agents/${agent.id}${next === 'general' ? '' : `/${next}`}`);
  const edit = useAgentEdit(stored, (errors) => {
    // what is wrong is shown where it is
    const [first, ...others] = Object.keys(errors).map(tabOf);
    if (first !== undefined && ![first, ...others].includes(shown)) go(first);
  });
  const { form } = edit;
  const isUnsaved: Record<Tab, boolean> = {
    general: (['name', 'kind', 'firstMessage', 'connection'] as const).some((field) => form.isDirty(field)),
    behaviour: form.isDirty('settings'),
    telephony: false,
  };
  return (
    <Tabs
      value={shown}
      keepMounted={false}
      onChange={(next) => go(tabs.find((name) => name === next) ?? 'general')}
    >
      <Tabs.List mb="lg">
        {tabs.map((name) => (
          <Tabs.Tab key={name} value={name} rightSection={isUnsaved[name] && <UnsavedMark />}>
            {t.agents.tabs[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Stack maw={860}>
        <Tabs.Panel value="general">
          <StoredForm edit={edit} gap="lg">
            <GeneralFields form={form} stored={agent.connection} />
          </StoredForm>
        </Tabs.Panel>
        <Tabs.Panel value="behaviour">
          <StoredForm edit={edit} gap="lg">
            <BehaviourFields form={form} />
          </StoredForm>
        </Tabs.Panel>
        <Tabs.Panel value="telephony">
          <AgentTelephony agent={agent} />
        </Tabs.Panel>
      </Stack>
    </Tabs>
  );
};

const DeleteButton = ({ agent }: { agent: Agent }) => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const forgetInput = useForgetInput();
  const remove = useMutation({
    mutationFn: () => request('DELETE', `/agents/${agent.id}`),
    onSuccess: async () => {
      forgetInput();
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
