/**
 * `npm run bench -- config`: 10,000 trunks and 100,000 extensions, from the database to the real switch: how long they
 * take to read, to render, to push; how long one changed trunk takes to be live among them; and what a neighbour with a
 * registration and a live call notices of it.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { objectsOf } from '../../controller/asterisk/accounts.ts';
import { stopAsterisk } from '../../controller/asterisk/launch.ts';
import { registeringTrunk, registrarTrunk } from '../../controller/call-configuration.ts';
import { Configuration } from '../../controller/configuration.ts';
import { ExtensionTrunkInput, SipTrunkInput } from '../../controller/contract/trunk.ts';
import { type Database, defaultWorkspaceId, openDatabase } from '../../controller/db/database.ts';
import type { ConfiguredTrunk } from '../../controller/db/load-configuration.ts';
import { openSecrets, type Secrets } from '../../controller/db/secrets.ts';
import { TrunkStore } from '../../controller/db/trunk-store.ts';
import { renderGateway } from '../../controller/freeswitch/gateway-xml.ts';
import { stopFreeswitch } from '../../controller/freeswitch/launch.ts';
import { renderTrunk } from '../../controller/freeswitch/trunk-xml.ts';
import { createLog } from '../../controller/log.ts';
import { openOwnSwitch, switchFolder } from '../../controller/own-switch.ts';
import { repositoryPath } from '../../controller/paths.ts';
import type { ExtensionAccount, Switch, SwitchKind, TrunkAccount } from '../../controller/switch/port.ts';
import { spawnChild } from '../kit/child.ts';
import { SipPeer } from '../kit/sip-peer.ts';
import { SwitchEvents } from '../kit/switch-events.ts';
import { temporaryCertificate } from '../kit/temporary-certificate.ts';
import { until } from '../kit/until.ts';
import { percentile, round } from './pulses.ts';

/** mostly SIP trunks; so many are in native extension mode, register on a PBX and stay registered */
const trunkCount = Number(process.env['BENCH_TRUNKS'] ?? 10_000);
const registeringCount = Math.ceil(trunkCount / 10);
const extensionsPerTrunk = 10;
const changes = 8;

type Account =
  | { kind: 'extension'; account: ExtensionAccount }
  | { kind: 'sip-trunk'; account: TrunkAccount };

export const benchConfig = async (options: {
  kind: SwitchKind;
  tell: (line: string) => void;
}): Promise<object> => {
  const { kind, tell } = options;
  const log = createLog({
    level: process.env['LOG_LEVEL'] ?? 'error',
    pretty: false,
    hidePersonalData: false,
  });
  const dataDir = await mkdtemp(join(tmpdir(), 'oh-config-'));
  await chmod(dataDir, 0o711);
  const database = openDatabase({ dataDir, log });
  const pbx = await SipPeer.open();
  const neighbour = await openNeighbour();
  const { control, hep } = await openOwnSwitch({
    kind,
    dataDir,
    address: '127.0.0.1',
    certificate: temporaryCertificate(),
    log,
  });
  try {
    await database.whenReady();
    const secrets = await openSecrets({ dataDir });
    const source = { database, secrets, workspaceId: defaultWorkspaceId };
    await seconds(() => fill(source, pbx, neighbour.at));
    tell(
      `${kind}; ${trunkCount} trunks, ${registeringCount} of them register on a PBX, ${trunkCount * extensionsPerTrunk} extensions`,
    );

    const configuration = new Configuration(source);
    const readSeconds = await seconds(() => configuration.refresh());
    const trunks = [...configuration.current.trunks.values()];
    const extensions = trunks.reduce((sum, trunk) => sum + trunk.directory.length, 0);
    tell(`read from the database in ${readSeconds} s`);

    const accounts = trunks.map(accountOf);
    let bytes = 0;
    const renderSeconds = await seconds(async () => {
      for (const account of accounts) bytes += rendered(account, kind);
    });
    tell(`rendered in ${renderSeconds} s, ${round(bytes / 1e6)} MB`);

    const events = new SwitchEvents(control);
    control.start();
    await events.linkUp();
    const pushSeconds = await seconds(() => putAll(control, accounts));
    const registeredSeconds = await seconds(() =>
      until(() => pbx.registrations.size >= registeringCount - 1, {
        what: 'all registrations',
        timeoutMs: 180_000,
      }),
    );
    tell(`pushed in ${pushSeconds} s; all registered ${registeredSeconds} s later`);
    const againSeconds = await seconds(() => putAll(control, accounts));
    tell(`the same again, as a new controller does: ${againSeconds} s`);

    // the neighbour's call is on the switch's own echo: what it notices is the switch's doing
    const own = trunks.find((trunk) => trunk.name === 'Neighbour') as ConfiguredTrunk;
    void events.offered(own.id, 30_000).then(async ({ channelId }) => {
      await control.answer(channelId);
      await control.startEcho(channelId);
    });
    await neighbour.ask('call');
    const quietMs = 6000;
    await neighbour.ask('gap');
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    const quiet = await neighbour.ask('gap');

    const store = new TrunkStore(source);
    const changeOne = async (index: number, isRegistering: boolean): Promise<number> => {
      const of = trunks.filter(
        ({ connectionType, name }) =>
          (connectionType === 'extension') === isRegistering && name !== 'Neighbour',
      );
      const trunk = of[Math.floor((of.length * (index + 1)) / (changes + 2))] as ConfiguredTrunk;
      const startedMs = performance.now();
      if (trunk.connectionType === 'extension') await store.change(trunk.id, { expirySeconds: 3000 + index });
      else await store.rotatePassword(trunk.id, { overlapSeconds: 0, password: `changed-password-${index}` });
      await configuration.refreshTrunk(trunk.id);
      // resolves when the switch has said that it holds the new account
      await put(control, accountOf(configuration.current.trunks.get(trunk.id) as ConfiguredTrunk));
      return performance.now() - startedMs;
    };
    const sipTrunkMs: number[] = [];
    const extensionMs: number[] = [];
    for (let index = 0; index < changes; index += 1) {
      sipTrunkMs.push(await changeOne(index, false));
      extensionMs.push(await changeOne(index, true));
    }
    await until(
      () =>
        pbx.attempts.filter(({ expirySeconds, authorized }) => authorized && expirySeconds >= 3000).length >=
        changes,
      { what: 'the changed extensions at the PBX', timeoutMs: 60_000 },
    );
    const disturbed = await neighbour.ask('gap');
    const all = [...sipTrunkMs, ...extensionMs];
    const result = {
      trunks: trunks.length,
      extensions,
      readSeconds,
      renderSeconds,
      pushSeconds,
      samePushSeconds: againSeconds,
      oneChangeLiveMs: round(percentile(all, 0.5), 0),
      oneChangeLiveWorstMs: round(Math.max(...all), 0),
      sipTrunkChangeMs: round(percentile(sipTrunkMs, 0.5), 0),
      extensionChangeMs: round(percentile(extensionMs, 0.5), 0),
      neighbourGapMs: disturbed.gapMs,
      neighbourGapQuietMs: quiet.gapMs,
      neighbourFramesLost: disturbed.lost,
      neighbourReRegistered: disturbed.callId !== quiet.callId || disturbed.registers !== quiet.registers,
      megabytes: round(bytes / 1e6),
    };
    tell(
      `one change live: SIP trunk ${result.sipTrunkChangeMs} ms, extension ${result.extensionChangeMs} ms, worst ${result.oneChangeLiveWorstMs} ms`,
    );
    tell(
      `neighbour: longest gap ${result.neighbourGapMs} ms during the changes, ${result.neighbourGapQuietMs} ms in a quiet time; ${result.neighbourFramesLost} frames lost`,
    );
    return result;
  } finally {
    neighbour.close();
    await pbx.close();
    await control.stop();
    await hep.close();
    await (kind === 'freeswitch' ? stopFreeswitch : stopAsterisk)(switchFolder(dataDir, kind));
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  }
};

const seconds = async (work: () => unknown): Promise<number> => {
  const startedMs = performance.now();
  await work();
  return round((performance.now() - startedMs) / 1000, 2);
};

const accountOf = (trunk: ConfiguredTrunk): Account => {
  if (trunk.connectionType === 'extension') {
    const { active: _, ...account } = registeringTrunk(trunk);
    return { kind: 'extension', account };
  }
  const { active: _, password, oldPassword: __, ...account } = registrarTrunk(trunk);
  return { kind: 'sip-trunk', account: { ...account, passwords: [password] } };
};

const put = (control: Switch, one: Account): Promise<void> =>
  one.kind === 'extension' ? control.putAccount(one.account) : control.putTrunk(one.account);
const putAll = async (control: Switch, accounts: readonly Account[]): Promise<void> => {
  await Promise.all(accounts.map((one) => put(control, one)));
};

/** How many bytes it is, as the switch gets it. */
const rendered = (one: Account, kind: SwitchKind): number => {
  if (kind === 'asterisk')
    return one.kind === 'extension' ? JSON.stringify(objectsOf(one.account)).length : 0;
  if (one.kind === 'extension') return renderGateway(one.account).xml.length;
  const { user, list } = renderTrunk(one.account);
  return user.length + (list?.length ?? 0);
};

type Source = { database: Database; secrets: Secrets; workspaceId: string };
type At = { host: string; port: number };

const fill = async ({ database, secrets, workspaceId }: Source, pbx: At, neighbourAt: At): Promise<void> => {
  const made = Array.from({ length: trunkCount }, (_none, index) => {
    const id = randomUUID();
    const isNeighbour = index === 0;
    const place = isNeighbour ? neighbourAt : pbx;
    const extension = isNeighbour ? '1000' : String(100_000 + index);
    const password = index < registeringCount ? `pw-${extension}` : `a-long-password-${index}`;
    const common = {
      name: isNeighbour ? 'Neighbour' : `Site ${index}`,
      domain: place.host,
      port: place.port,
    };
    const {
      password: _,
      username: __,
      authId: ___,
      codecs,
      ...fields
    } = ExtensionTrunkInput.parse({
      ...common,
      extension,
      password,
      expirySeconds: 1200,
    });
    const secret = { id, workspaceId, passwordEncrypted: secrets.encrypt(password, id) };
    if (index < registeringCount) return { ...fields, ...secret, codecs: codecs ?? [] };
    const sip = SipTrunkInput.parse({
      ...common,
      connectionType: 'sip-trunk',
      authentication: index % 10 === 0 ? 'both' : 'credentials',
      allowedAddresses: index % 10 === 0 ? [`10.${index % 250}.${Math.floor(index / 250)}.0/24`] : [],
    });
    const { password: _given, username: _chosen, codecs: sipCodecs, ...sipFields } = sip;
    return {
      ...sipFields,
      ...secret,
      codecs: sipCodecs ?? [],
      registrarUsername: `site-${index}`,
      passwordChangedAt: new Date(),
    };
  });
  const directory = made.flatMap(({ id }) =>
    Array.from({ length: extensionsPerTrunk }, (_, n) => ({
      trunkId: id,
      ext: String(200 + n),
      name: `Person ${n} of ${id.slice(0, 8)}`,
      owner: '',
      department: n % 2 === 0 ? 'Sales' : 'Support',
      aliases: n === 0 ? ['front desk'] : [],
      enabled: true,
    })),
  );
  const atOnce = 2000;
  await database.run(async (prisma) => {
    for (let at = 0; at < made.length; at += atOnce)
      await prisma.trunk.createMany({ data: made.slice(at, at + atOnce) as never });
    for (let at = 0; at < directory.length; at += atOnce)
      await prisma.extension.createMany({ data: directory.slice(at, at + atOnce) });
  });
};

type Heard = { gapMs: number; frames: number; lost: number; registers: number; callId: string };

const openNeighbour = async (): Promise<{
  at: At;
  ask: (question: 'call' | 'gap') => Promise<Heard>;
  close: () => void;
}> => {
  const child = spawnChild(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', 'tsx', repositoryPath('test/bench/neighbour.ts')],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  if (!child.stdin || !child.stdout) throw new Error('no pipes to the neighbour');
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the neighbour ended');
    return JSON.parse(value);
  };
  const at = (await next()) as At;
  return {
    at,
    ask: async (question) => {
      stdin.write(`${question}\n`);
      return (await next()) as Heard;
    },
    close: () => void child.kill(),
  };
};
