/**
 * The composition root: builds every part, joins them, starts and stops them in order. Nothing else in the controller
 * builds a part of another folder.
 */
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createBots } from './agents.ts';
import { admitSocket } from './api/admit-socket.ts';
import { createApi } from './api/api.ts';
import { createMetrics } from './api/metrics.ts';
import { openApiToken } from './api/token.ts';
import { BotCalls } from './bots/bot-calls.ts';
import { TwilioRest } from './bots/twilio-rest.ts';
import { callConfiguration } from './call-configuration.ts';
import { createAnnouncer } from './calls/announcement.ts';
import { LiveCalls } from './calls/live-calls.ts';
import type { Config } from './config.ts';
import { Configuration } from './configuration.ts';
import type { SystemState } from './contract/live.ts';
import type { TrunkStatus } from './contract/trunk.ts';
import { defaultWorkspaceId, openDatabase } from './db/database.ts';
import { CallHistory } from './db/history.ts';
import { lastCallsOfTrunks } from './db/last-calls.ts';
import { openSecretKeys } from './db/secrets.ts';
import { TrunkEventStore } from './db/trunk-event-store.ts';
import { TrunkStateStore } from './db/trunk-state-store.ts';
import { WalletStore } from './db/wallet-store.ts';
import { DemoPbx } from './demo/demo-pbx.ts';
import { TrunkEvents } from './diagnostics/trunk-events.ts';
import { messageOf } from './errors.ts';
import { followConfiguration } from './follow-configuration.ts';
import { followSwitch } from './follow-switch.ts';
import { AgentHealth } from './health/agent-health.ts';
import { DiskWatch } from './health/disk-room.ts';
import { createLiveState } from './live-state.ts';
import type { Logger } from './log.ts';
import { Pacer } from './media/pacer.ts';
import { createMonitor } from './monitor/monitor.ts';
import { SystemWatch } from './monitor/system-watch.ts';
import { openAccounts } from './open-accounts.ts';
import { openBrowserAudio } from './open-browser-audio.ts';
import { openRecordings } from './open-recordings.ts';
import { openSpeech } from './open-speech.ts';
import { openStores } from './open-stores.ts';
import { openSwitch } from './open-switch.ts';
import { openTransferFindings } from './open-transfer-findings.ts';
import { openValidations } from './open-validations.ts';
import { openWebhooks } from './open-webhooks.ts';
import { repositoryPath } from './paths.ts';
import { PhraseTrial } from './receptionist/phrase-trial.ts';
import { OpenChanges } from './secret-key/open-changes.ts';
import { SecretKeyRotation } from './secret-key/rotation.ts';
import { TraceRecorder } from './sip-trace/trace-recorder.ts';
import { TrunkStates } from './statistics/trunk-states.ts';
import { SwitchKeeper } from './switch-keeper.ts';
import { Registrations } from './trunks/registrations.ts';
import { SipTrunks } from './trunks/sip-trunks.ts';
import { versionsOf } from './versions.ts';
import { WalletBalances } from './wallet/balances.ts';
import { trunkAnnouncement } from './webhooks/trunk-announcement.ts';

export type App = { url: string; stop: () => Promise<void> };

/** Resolves when the API answers; calls are taken as soon as database and switch are there, which /readyz tells. */
export const startApp = async ({ config, log }: { config: Config; log: Logger }): Promise<App> => {
  const dataDir = config.DATA_DIR;
  await mkdir(dataDir, { recursive: true });
  const token = await openApiToken(dataDir);
  const keys = await openSecretKeys({
    key: config.OFFHOOK_SECRET_KEY,
    previous: config.OFFHOOK_SECRET_KEY_PREVIOUS,
    dataDir,
  });
  const { secrets } = keys;

  // opened beside the switch, because both take a while; what follows from it waits until all is built
  const database = openDatabase({ url: config.DATABASE_URL, dataDir, log });
  let onDatabaseReady: (() => void) | null = null;
  database.onReady = () => onDatabaseReady?.();
  const source = { database, secrets, workspaceId: defaultWorkspaceId };
  const configuration = new Configuration(source);
  const history = new CallHistory({
    ...source,
    workspaceOf: (trunkId) => configuration.workspaceOfTrunk(trunkId),
    dataDir,
    log,
  });
  const webhooks = openWebhooks({ ...source, config, log });
  history.onTold = () => webhooks.deliveries.wake();
  const walletStore = new WalletStore(source);
  const wallets = new WalletBalances({ store: walletStore, log });
  history.onCharged = () => void wallets.refresh();
  const speech = await openSpeech({ dataDir, log });
  const { control, revive, hep, sip, registrar, certificate } = await openSwitch(config, log);
  const sipTrace = new TraceRecorder({
    database,
    hep,
    days: config.SIP_TRACE_DAYS,
    bytes: config.SIP_TRACE_MEGABYTES * 1_000_000,
    ownEnd: sip,
    log,
  });
  const pacer = new Pacer({
    onError: (error) => log.error({ err: error }, 'a call failed on the audio beat'),
  });

  const stores = openStores(source);
  const trunkEventStore = new TrunkEventStore({ database });
  const trunkEvents = new TrunkEvents({ store: trunkEventStore, log });
  const trunkStates = new TrunkStates({ store: new TrunkStateStore({ database }), log });
  const nameOf = (trunkId: string): string => configuration.current.trunks.get(trunkId)?.name ?? trunkId;
  const onStatus = (trunkId: string, status: TrunkStatus): void => {
    log.info({ trunkId, status: status.text }, 'trunk status');
    monitor.publish(
      { type: 'trunk', trunk: { id: trunkId, name: nameOf(trunkId), status } },
      configuration.workspaceOfTrunk(trunkId),
    );
    trunkEvents.status(trunkId, status);
    trunkStates.status(trunkId, status);
    const told = trunkAnnouncement(configuration.current.trunks.get(trunkId), status);
    if (told) history.announce(told);
  };
  const registrations = new Registrations({ switch: control, log, onStatus });
  const sipTrunks = new SipTrunks({ switch: control, log, onStatus });
  // a PBX that does not register asks now and then whether we live
  hep.onPacket(({ source, payload }) => {
    if (payload.subarray(0, 8).toString('latin1') === 'OPTIONS ') sipTrunks.heardOptions(source.address);
  });
  const statusOf = (trunkId: string): TrunkStatus =>
    configuration.current.trunks.get(trunkId)?.connectionType === 'sip-trunk'
      ? sipTrunks.status(trunkId)
      : registrations.status(trunkId);
  const forCalls = callConfiguration(configuration, (workspaceId) => wallets.isEmpty(workspaceId));
  const announcer = createAnnouncer({ say: (text) => speech.say(text), log });
  const recordings = openRecordings({ config, dataDir, database, history, log });
  const botCalls = new BotCalls();
  const liveCalls = new LiveCalls({
    switch: control,
    configuration: forCalls,
    pacer,
    createBot: createBots({
      speech,
      botCalls,
      secretsOf: (agentId) => configuration.current.agentSecrets.get(agentId),
      announcer,
      publicUrl: config.PUBLIC_URL ?? `http://${config.HTTP_HOST}:${config.HTTP_PORT}`,
      log,
    }),
    announcer,
    recordings,
    speak: (text) => speech.say(text),
    journal: history,
    findings: openTransferFindings({ stores, configuration, log }),
    tests: { claim: (channel) => validations.claim(channel), adopt: (call) => validations.adopt(call) },
    onChange: (call, entry) => {
      const workspaceId = configuration.workspaceOfCall(call);
      if (entry) monitor.publish({ type: 'timeline', callId: call.record.id, entry }, workspaceId);
      else monitor.publish({ type: 'call', call: { ...call.record } }, workspaceId);
      if (!entry && call.record.outcome !== null) {
        // a test call is no caller's
        if (!call.record.isTest) metrics.callEnded(call.record);
        agentHealth.callEnded(call.record);
      }
    },
    log,
  });
  const validations = openValidations({
    ...source,
    configuration,
    switch: control,
    pacer,
    statusOf,
    liveCalls: () => liveCalls,
    history,
    stores,
    onChange: (validation) =>
      monitor.publish({ type: 'validation', validation }, configuration.workspaceOfTrunk(validation.trunkId)),
    log,
  });
  const agentHealth = new AgentHealth();
  const disk = new DiskWatch({ folder: dataDir });
  await disk.look();
  const metrics = createMetrics({
    trunkStates: () => [...configuration.current.trunks.keys()].map((id) => statusOf(id).state),
    liveCalls: () => liveCalls.list().flatMap(({ record }) => (record.isTest ? [] : [record])),
    switchLinked: () => control.linked,
    strayDatagrams: () => control.strayDatagrams,
    audioClock: () => pacer.counters,
    databaseReady: () => database.readiness().ready,
    historyPending: () => history.pending,
    historyDropped: () => history.dropped,
    webhooksWaiting: webhooks.waiting,
    diskFreeBytes: () => disk.room.freeBytes,
    failingAgents: () => agentHealth.failing,
    sipTrace: () => sipTrace,
  });
  const changes = new OpenChanges();
  const secretKey = new SecretKeyRotation({ keys, database, changes, log });
  const accounts = openAccounts({ database, configuration, tokenHash: token.hash, config, log });
  const phrases = new PhraseTrial({ log });
  const demoPbx = new DemoPbx({ script: repositoryPath('test/demo/demo-pbx.ts'), log });
  let switchText = 'waiting for the configuration from the database';
  const readiness = (): SystemState => ({
    switch: { ready: control.linked, text: switchText },
    database: configuration.loaded
      ? database.readiness()
      : { ready: false, text: 'the configuration has not been read yet' },
    speech: speech.readiness(),
    disk: recordings.problem === null ? disk.room : { ready: false, text: recordings.problem },
    agents: agentHealth.readiness(),
    certificate: certificate.readiness(),
  });
  const { forEverybody, ...state } = createLiveState({ configuration, statusOf, liveCalls, readiness });
  const api = createApi({
    configuration,
    stores,
    registrar,
    certificate: () => certificate.read(),
    registrations: {
      status: statusOf,
      registration: (trunkId) => sipTrunks.registration(trunkId),
      overlapFault: () => control.overlapFault(),
      reRegister: (trunkId) => registrations.reRegister(trunkId),
    },
    liveCalls,
    validations,
    sipTrace,
    recordings,
    phrases,
    demoPbx,
    webhooks,
    wallets: { store: walletStore, balances: wallets },
    secretKey,
    changes,
    readiness,
    forEverybody,
    versions: versionsOf({ switch: control, database }),
    metrics,
    uiFolder: repositoryPath('dist/ui'),
    accounts,
    bots: { botCalls, twilioRest: new TwilioRest({ calls: botCalls }) },
    log,
  });
  accounts.authentication.onForget = () => void Promise.all([monitor.recheck(), browserAudio.recheck()]);
  const server = createServer(api);
  const monitor = createMonitor({
    server,
    admit: admitSocket(accounts),
    ...state,
    log,
  });
  const browserAudio = openBrowserAudio({ server, accounts, configuration, liveCalls, log });

  const systemWatch = new SystemWatch({
    read: readiness,
    onChange: (system) => monitor.publish({ type: 'system', system: forEverybody(system) }, null),
  });
  systemWatch.start();

  const keeper = new SwitchKeeper({ revive, log });
  control.onEvent = followSwitch({
    liveCalls,
    validations,
    keeper,
    trunkEvents,
    registrations,
    sipTrunks,
    onText: (text) => {
      switchText = text;
    },
    log,
  });
  configuration.onChange(
    followConfiguration({ registrations, sipTrunks }, (trunkId) =>
      monitor.publish({ type: 'trunk removed', trunkId }, configuration.workspaceOfTrunk(trunkId)),
    ),
  );
  configuration.onChange(({ snapshot, trunkId }) => {
    monitor.publish(
      { type: 'configuration', trunkId },
      trunkId === null ? null : configuration.workspaceOfTrunk(trunkId),
    );
    for (const trunk of trunkId === null ? snapshot.trunks.values() : [snapshot.trunks.get(trunkId)]) {
      // the very list that calls get, so that it is described to the recogniser once
      if (trunk) speech.learn(trunk.id, forCalls.directory(trunk.id));
    }
  });

  let running = true;
  /** The switch is connected once the configuration is known: what it holds can only be judged then. */
  const goLive = async (): Promise<void> => {
    await configuration.refresh();
    await wallets.refresh();
    liveCalls.recall(await history.openCalls());
    sipTrunks.remember(await lastCallsOfTrunks(database));
    await validations.recover();
    if (running) control.start();
  };
  let live: Promise<void> | null = null;
  onDatabaseReady = () => {
    // back after a break: somebody else may have changed the configuration meanwhile
    const next = live === null ? goLive() : configuration.refresh();
    live = next.catch((error: unknown) => {
      log.error({ reason: messageOf(error) }, 'the configuration could not be read');
      live = control.linked ? live : null;
    });
  };
  if (database.readiness().ready) onDatabaseReady();
  history.start();
  void recordings.start();
  webhooks.deliveries.start();
  secretKey.resume();
  accounts.start();
  sipTrace.start();
  // without speech there are still agents of other kinds, and fallback extensions: /readyz says what is missing
  const speechStarted = speech.start().catch((error: unknown) => {
    log.error({ reason: messageOf(error) }, 'speech does not work');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.HTTP_PORT, config.HTTP_HOST, resolve);
  });
  const url = `http://${config.HTTP_HOST}:${config.HTTP_PORT}`;
  await speechStarted;
  log.info({ url, tokenFile: token.file }, token.made ? 'API ready; its token has been made' : 'API ready');

  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    keeper.stop();
    disk.stop();
    systemWatch.stop();
    browserAudio.close();
    await monitor.close();
    accounts.stop();
    await Promise.all([registrations.stop(), sipTrunks.stop()]);
    await control.stop();
    await speech.stop();
    await Promise.all([validations.close(), recordings.stop(), phrases.stop()]);
    await secretKey.close();
    await history.close();
    await trunkEvents.close();
    await trunkStates.close();
    await webhooks.deliveries.close();
    await sipTrace.close();
    await database.close();
    log.info('stopped');
  };
  return { url, stop };
};
