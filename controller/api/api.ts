/**
 * The HTTP API: health, metrics and /api/v1. Knows the configuration, the stores and, by the narrow types of its routers,
 * who registers and who leads calls; it starts nothing and listens nowhere.
 */
import { createRequire } from 'node:module';
import express, { type Express, type RequestHandler } from 'express';
import type { Configuration } from '../configuration.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Accounts } from '../open-accounts.ts';
import type { StoresOf } from '../open-stores.ts';
import type { OpenChanges } from '../secret-key/open-changes.ts';
import type { RegistrarAddress } from '../trunks/sip-trunk-guide.ts';
import { agentRoutes } from './agents.ts';
import { apiTokenRoutes } from './api-tokens.ts';
import { audioFirst } from './audio-first.ts';
import { auditRoutes } from './audit.ts';
import { type BotRoutes, botCallsRouter } from './bot-calls.ts';
import { type CallRoutes, callRoutes } from './calls.ts';
import { type CertificateRoutes, certificateRoutes } from './certificate.ts';
import { type DemoPbxRoutes, demoPbxRoutes } from './demo-pbx.ts';
import { diagnosticsRoutes } from './diagnostics.ts';
import { directoryFileRoutes } from './directory-files.ts';
import { documentRouter } from './document.ts';
import { extensionRoutes } from './extensions.ts';
import { guideRoutes } from './guide.ts';
import { healthRouter, type SystemRoutes, systemRoutes } from './health.ts';
import type { Metrics } from './metrics.ts';
import { mountRoutes } from './mount.ts';
import { numberRoutes } from './numbers.ts';
import { answerNotFound, answerProblem } from './problem.ts';
import { type RecordingRoutes, recordingRoutes } from './recordings.ts';
import { type Route } from './route.ts';
import { type SecretKeyRoutes, secretKeyRoutes } from './secret-key.ts';
import { sessionRoutes } from './session.ts';
import { settingsRoutes } from './settings.ts';
import { type SipTraceRoutes, sipTraceRoutes } from './sip-trace.ts';
import { statisticsRoutes } from './statistics.ts';
import { type TrunkRoutes, trunkRoutes } from './trunks.ts';
import { type TryPhraseRoutes, tryPhraseRoutes } from './try-phrase.ts';
import { uiRouter } from './ui.ts';
import { userRoutes } from './users.ts';
import { type ValidationRoutes, validationRoutes } from './validation.ts';
import { type VersionRoutes, versionRoutes } from './versions.ts';
import { type WalletRoutes, walletRoutes } from './wallet.ts';
import { type WebhookRoutes, webhookRoutes } from './webhooks.ts';
import { workspaceRoutes } from './workspaces.ts';

export type ApiOptions = {
  configuration: Configuration;
  stores: StoresOf;
  registrations: TrunkRoutes['registrations'];
  /** where PBXes reach us to register and to call; null when nobody has said */
  registrar: RegistrarAddress | null;
  certificate: CertificateRoutes['certificate'];
  liveCalls: CallRoutes['liveCalls'];
  validations: ValidationRoutes['validations'];
  sipTrace: SipTraceRoutes['sipTrace'];
  recordings: RecordingRoutes['recordings'];
  phrases: TryPhraseRoutes['phrases'];
  demoPbx: DemoPbxRoutes['demoPbx'];
  webhooks: WebhookRoutes['webhooks'];
  wallets: WalletRoutes['wallets'];
  bots: BotRoutes;
  secretKey: SecretKeyRoutes['secretKey'];
  /** every change that a request makes is one of them */
  changes: OpenChanges;
  readiness: SystemRoutes['readiness'];
  forEverybody: SystemRoutes['forEverybody'];
  versions: VersionRoutes['versions'];
  metrics: Pick<Metrics, 'contentType' | 'text' | 'measure'>;
  /** the built web UI */
  uiFolder: string;
  accounts: Accounts;
  log: Logger;
};

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** Every route below /api/v1. A longer path stands before a shorter one that would take it. */
export function apiRoutes(options: ApiOptions): Route[] {
  const { accounts, configuration } = options;
  return [
    ...sessionRoutes(accounts),
    ...userRoutes(accounts),
    ...apiTokenRoutes(accounts),
    ...workspaceRoutes({ ...accounts, configuration }),
    ...auditRoutes(accounts),
    ...directoryFileRoutes(options),
    ...extensionRoutes(options),
    ...tryPhraseRoutes(options),
    ...demoPbxRoutes(options),
    ...guideRoutes(options),
    ...certificateRoutes(options),
    ...diagnosticsRoutes(options),
    ...validationRoutes(options),
    ...sipTraceRoutes(options),
    ...recordingRoutes(options),
    ...trunkRoutes(options),
    ...agentRoutes(options),
    ...numberRoutes(options),
    ...settingsRoutes(options),
    ...systemRoutes(options),
    ...secretKeyRoutes(options),
    ...webhookRoutes(options),
    ...walletRoutes(options),
    ...statisticsRoutes(options),
    ...versionRoutes(options),
    ...callRoutes(options),
  ];
}

export function createApi(options: ApiOptions): Express {
  const { metrics } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // everything is said not to be stored
  app.set('query parser', 'simple');
  app.set('trust proxy', options.accounts.proxies.trusts);
  app.use(metrics.measure, securityHeaders);
  app.use(healthRouter(options.readiness));
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text());
  });

  app.use(botCallsRouter(options.bots));
  const routes = apiRoutes(options);
  app.use(documentRouter(routes, version));
  app.use('/api/v1', audioFirst({ perTurn: 1 }));
  app.use('/api/v1', mountRoutes(routes, { ...options.accounts, changes: options.changes }));
  app.use(refuseBrokenPath);
  app.use(uiRouter(options.uiFolder));

  app.use(answerNotFound);
  app.use(answerProblem(options.log));
  return app;
}

/** What serves files answers such a path by itself otherwise, and not with a problem. */
const refuseBrokenPath: RequestHandler = (request, _response, next) => {
  try {
    decodeURIComponent(request.path);
  } catch (cause) {
    throw new AppError('invalid-input', 'the path is not rightly encoded', { cause });
  }
  next();
};

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
