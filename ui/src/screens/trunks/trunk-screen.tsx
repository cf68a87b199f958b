/** One trunk: its live status, and a tab for each thing one does with it. */
import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router';
import { trunkQuery } from '../../api/queries.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { DiagnosticsReport } from '../../diagnostics/diagnostics-report.tsx';
import { t } from '../../texts/texts.ts';
import { DirectoryPanel } from '../directory/directory-panel.tsx';
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
  const { trunkId = '', tab } = useParams();
  const navigate = useNavigate();
  const trunk = useQuery(trunkQuery(trunkId));
  const shown: Tab = isTab(tab) ? tab : 'overview';
  const parent = { to: '/settings/pbx', label: t.trunks.title };
  return (
    <Page
      title={trunk.data?.name ?? t.trunks.title}
      parent={parent}
      beside={trunk.data && <TrunkStatusPill trunk={trunk.data} />}
    >
      <Loaded query={trunk}>
        {(found) => (
          <Tabs
            value={shown}
            keepMounted={false}
            onChange={(next) =>
              void navigate(
                `/settings/pbx/${trunkId}${next === 'overview' || next === null ? '' : `/${next}`}`,
              )
            }
          >
            <Tabs.List mb="lg" style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
              {tabs.map((name) => (
                <Tabs.Tab key={name} value={name}>
                  {t.trunks.tabs[name]}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="overview">
              <TrunkOverview trunk={found} />
            </Tabs.Panel>
            <Tabs.Panel value="directory">
              <DirectoryPanel trunk={found} />
            </Tabs.Panel>
            <Tabs.Panel value="settings">
              <TrunkSettings trunk={found} />
            </Tabs.Panel>
            <Tabs.Panel value="validate">
              <TrunkValidate trunk={found} />
            </Tabs.Panel>
            <Tabs.Panel value="diagnostics" maw={900}>
              <DiagnosticsReport of="trunks" id={found.id} trunkId={found.id} />
            </Tabs.Panel>
            <Tabs.Panel value="messages">
              <TrunkMessages trunk={found} />
            </Tabs.Panel>
            <Tabs.Panel value="guide" maw={820}>
              <TrunkGuide trunkId={found.id} />
            </Tabs.Panel>
          </Tabs>
        )}
      </Loaded>
    </Page>
  );
};
