/** One trunk: its live status, and a tab for each thing one does with it. */
import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { trunkQuery } from '../../api/queries.ts';
import type { Stored } from '../../api/stored.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { DiagnosticsReport } from '../../diagnostics/diagnostics-report.tsx';
import { UnsavedMark } from '../../forms/unsaved-mark.tsx';
import { t } from '../../texts/texts.ts';
import { DirectoryPanel } from '../directory/directory-panel.tsx';
import { useTrunkEdit } from './trunk-edit.ts';
import { TrunkGuide } from './trunk-guide.tsx';
import { TrunkMessages } from './trunk-messages.tsx';
import { TrunkOverview } from './trunk-overview.tsx';
import { TrunkSettings } from './trunk-settings.tsx';
import { TrunkStatusPill } from './trunk-status.tsx';
import { TrunkValidate } from './trunk-validate.tsx';

const tabs = ['overview', 'directory', 'settings', 'validate', 'diagnostics', 'messages', 'guide'] as const;
type Tab = (typeof tabs)[number];
const isTab = (text: string | undefined): text is Tab => tabs.some((tab) => tab === text);

export const TrunkScreen = () => {
  const { trunkId = '' } = useParams();
  const stored = useQuery(trunkQuery(trunkId));
  const trunk = stored.data?.thing;
  const parent = { to: '/settings/pbx', label: t.trunks.title };
  return (
    <Page
      title={trunk?.name ?? t.trunks.title}
      parent={parent}
      beside={trunk && <TrunkStatusPill trunk={trunk} />}
    >
      <Loaded query={stored}>{(found) => <TrunkTabs key={found.thing.id} stored={found} />}</Loaded>
    </Page>
  );
};

const TrunkTabs = ({ stored }: { stored: Stored<Trunk> }) => {
  const { thing: trunk } = stored;
  const { tab } = useParams();
  const navigate = useNavigate();
  const edit = useTrunkEdit(stored);
  return (
    <Tabs
      value={isTab(tab) ? tab : 'overview'}
      keepMounted={false}
      onChange={(next) =>
        void navigate(`/settings/pbx/${trunk.id}${next === 'overview' || next === null ? '' : `/${next}`}`)
      }
    >
      <Tabs.List mb="lg" style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
        {tabs.map((name) => (
          <Tabs.Tab
            key={name}
            value={name}
            rightSection={name === 'settings' && edit.form.isDirty() && <UnsavedMark />}
          >
            {t.trunks.tabs[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="overview">
        <TrunkOverview trunk={trunk} />
      </Tabs.Panel>
      <Tabs.Panel value="directory">
        <DirectoryPanel trunk={trunk} />
      </Tabs.Panel>
      <Tabs.Panel value="settings">
        <TrunkSettings trunk={trunk} edit={edit} />
      </Tabs.Panel>
      <Tabs.Panel value="validate">
        <TrunkValidate trunk={trunk} />
      </Tabs.Panel>
      <Tabs.Panel value="diagnostics" maw={900}>
        <DiagnosticsReport of="trunks" id={trunk.id} trunkId={trunk.id} />
      </Tabs.Panel>
      <Tabs.Panel value="messages">
        <TrunkMessages trunk={trunk} />
      </Tabs.Panel>
      <Tabs.Panel value="guide" maw={820}>
        <TrunkGuide trunkId={trunk.id} />
      </Tabs.Panel>
    </Tabs>
  );
};
