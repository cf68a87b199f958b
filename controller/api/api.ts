/**
 * The HTTP API: health, metrics and /api/v1. Knows the configuration, the stores and, by the narrow types of its routers,
 * who registers and who leads calls; it starts nothing and listens nowhere.
 */
import express, { type Express, type RequestHandler, Router } from 'express';
import type { Configuration } from '../configuration.ts';
import type { AgentStore } from '../db/agent-store.ts';
import type { CallStore } from '../db/call-store.ts';
import type { ExtensionStore } from '../db/extension-store.ts';
import type { NumberStore } from '../db/number-store.ts';
import type { SettingsStore } from '../db/settings-store.ts';
import type { TrunkStore } from '../db/trunk-store.ts';
import type { Logger } from '../log.ts';
import type { Accounts } from '../open-accounts.ts';
import { agentsRouter } from './agents.ts';
import { apiTokenRoutes } from './api-tokens.ts';
import { auditRoutes } from './audit.ts';
import { type BotRoutes, botCallsRouter } from './bot-calls.ts';
import { type CallRoutes, callsRouter } from './calls.ts';
import { type DiagnosticsRoutes, diagnosticsRouter } from './diagnostics.ts';
import { directoryFilesRouter } from './directory-files.ts';
import { extensionsRouter } from './extensions.ts';
import { guideRouter } from './guide.ts';
import { healthRouter, type Readiness } from './health.ts';
import type { Metrics } from './metrics.ts';
import { guard, mountRoutes } from './mount.ts';
import { numbersRouter } from './numbers.ts';
import { answerNotFound, answerProblem } from './problem.ts';
import { sessionRoutes } from './session.ts';
import { settingsRouter } from './settings.ts';
import { type SipTraceRoutes, sipTraceRouter } from './sip-trace.ts';
import { type TrunkRoutes, trunksRouter } from './trunks.ts';
import { uiRouter } from './ui.ts';
import { userRoutes } from './users.ts';
import { workspaceRoutes } from './workspaces.ts';

export type ApiOptions = {
  configuration: Configuration;
  stores: {
    trunks: TrunkStore;
    extensions: ExtensionStore;
    agents: AgentStore;
    numbers: NumberStore;
    settings: SettingsStore;
    calls: CallStore;
    trunkEvents: DiagnosticsRoutes['trunkEvents'];
  };
  registrations: TrunkRoutes['registrations'];
  liveCalls: CallRoutes['liveCalls'];
  sipTrace: SipTraceRoutes['sipTrace'];
  bots: BotRoutes;
  readiness: () => Readiness;
  metrics: Pick<Metrics, 'contentType' | 'text' | 'measure'>;
  /** the built web UI */
  uiFolder: string;
  accounts: Accounts;
  /** whose word about a client's address and TLS is taken: addresses, or names that Express knows such as loopback */
  trustedProxies: string;
  log: Logger;
};

export function createApi(options: ApiOptions): Express {
  const { configuration, stores, registrations, liveCalls, metrics } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // everything is said not to be stored
  app.set('query parser', 'simple');
  app.set('trust proxy', options.trustedProxies);
  app.use(metrics.measure, securityHeaders);
  app.use(healthRouter(options.readiness));
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text());
  });

  app.use(botCallsRouter(options.bots));

  const v1 = Router();
  const { accounts } = options;
  v1.use(
    mountRoutes(
      [
        ...sessionRoutes(accounts),
        ...userRoutes(accounts),
        ...apiTokenRoutes(accounts),
        ...workspaceRoutes({ ...accounts, configuration }),
        ...auditRoutes(accounts),
      ],
      accounts,
    ),
  );
  v1.use(guard(accounts.authentication)); // before the body: a stranger's is not even read
  v1.use(express.json({ limit: '100kb' }));
  const directory = { configuration, extensions: stores.extensions };
  v1.use('/trunks/:trunkId/extensions', directoryFilesRouter(directory), extensionsRouter(directory));
  v1.use(guideRouter(configuration));
  v1.use(
    diagnosticsRouter({ configuration, calls: stores.calls, trunkEvents: stores.trunkEvents, registrations }),
  );
  v1.use(sipTraceRouter({ configuration, calls: stores.calls, liveCalls, sipTrace: options.sipTrace }));
  v1.use('/trunks', trunksRouter({ configuration, trunks: stores.trunks, registrations }));
  v1.use('/agents', agentsRouter({ configuration, agents: stores.agents }));
  v1.use('/numbers', numbersRouter({ configuration, numbers: stores.numbers }));
  v1.use('/settings', settingsRouter({ configuration, settings: stores.settings }));
  v1.use('/calls', callsRouter({ calls: stores.calls, liveCalls }));
  app.use('/api/v1', v1);
  app.use(uiRouter(options.uiFolder));

  app.use(answerNotFound);
  app.use(answerProblem(options.log));
  return app;
}

const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  });
  next();
};
