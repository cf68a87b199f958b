/**
 * Every address of the UI and the screen behind it. A screen is a file of its own that is loaded when it is first shown
 * (`screen`), and exports its component by name.
 */
import { type ComponentType, lazy } from 'react';
import { createBrowserRouter, Navigate } from 'react-router';
import { Home } from './screens/start/home.tsx';
import { NotFound } from './shell/not-found.tsx';
import { ScreenFailure } from './shell/screen-failure.tsx';
import { Shell } from './shell/shell.tsx';

type Router = ReturnType<typeof createBrowserRouter>;

/** `load` imports the screen's file and picks its component; Shell shows `Loading` meanwhile. */
const screen = (path: string, load: () => Promise<ComponentType>) => {
  const Screen = lazy(async () => ({ default: await load() }));
  return { path, element: <Screen />, errorElement: <ScreenFailure /> };
};

export const createRouter = (): Router =>
  createBrowserRouter([
    {
      path: '/',
      element: <Shell />,
      errorElement: <ScreenFailure />,
      children: [
        { index: true, element: <Home /> },
        screen('start', async () => (await import('./screens/start/start-screen.tsx')).StartScreen),
        screen('agents', async () => (await import('./screens/agents/agents-screen.tsx')).AgentsScreen),
        screen(
          'agents/new',
          async () => (await import('./screens/agents/new-agent-screen.tsx')).NewAgentScreen,
        ),
        screen(
          'agents/:agentId/:tab?',
          async () => (await import('./screens/agents/agent-screen.tsx')).AgentScreen,
        ),
        screen('live', async () => (await import('./screens/live/live-screen.tsx')).LiveScreen),
        screen('history', async () => (await import('./screens/history/history-screen.tsx')).HistoryScreen),
        screen('history/:callId', async () => (await import('./screens/history/call-screen.tsx')).CallScreen),
        screen(
          'dashboards',
          async () => (await import('./screens/dashboards/dashboards-screen.tsx')).DashboardsScreen,
        ),
        screen('numbers', async () => (await import('./screens/numbers/numbers-screen.tsx')).NumbersScreen),
        screen(
          'numbers/connect-carrier',
          async () => (await import('./screens/carrier/connect-carrier-screen.tsx')).ConnectCarrierScreen,
        ),
        screen(
          'numbers/connect-carrier/sip-trunk',
          async () => (await import('./screens/carrier/sip-trunk-screen.tsx')).SipTrunkScreen,
        ),
        { path: 'settings', element: <Navigate to="/settings/pbx" replace /> },
        screen('settings/pbx', async () => (await import('./screens/trunks/trunks-screen.tsx')).TrunksScreen),
        screen(
          'settings/pbx/:trunkId/:tab?',
          async () => (await import('./screens/trunks/trunk-screen.tsx')).TrunkScreen,
        ),
        screen(
          'settings/users',
          async () => (await import('./screens/settings/users-screen.tsx')).UsersScreen,
        ),
        screen(
          'settings/tokens',
          async () => (await import('./screens/settings/tokens-screen.tsx')).TokensScreen,
        ),
        screen(
          'settings/webhooks',
          async () => (await import('./screens/settings/webhooks-screen.tsx')).WebhooksScreen,
        ),
        screen(
          'settings/recording',
          async () => (await import('./screens/settings/recording-screen.tsx')).RecordingScreen,
        ),
        screen(
          'settings/wallet',
          async () => (await import('./screens/settings/wallet-screen.tsx')).WalletScreen,
        ),
        screen(
          'settings/audit',
          async () => (await import('./screens/settings/audit-screen.tsx')).AuditScreen,
        ),
        screen(
          'settings/system',
          async () => (await import('./screens/settings/system-screen.tsx')).SystemScreen,
        ),
        { path: '*', element: <NotFound /> },
      ],
    },
  ]);
