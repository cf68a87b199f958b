import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../log.ts';
import { ConfigurationPush } from './configuration-push.ts';
import { EslConnection } from './connection.ts';
import { GatewayStates } from './gateway-states.ts';
import { Gateways } from './gateways.ts';
import { LiveCalls } from './live-calls.ts';
import { type Picture, Reconciler } from './reconciler.ts';
import { apiReply, commandReply, EslPeer, jsonEvent } from './test-esl-peer.ts';

const idOf = (number: number): string => `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`;
type Channel = { trunkId?: string; answer?: string; direction?: string; variables?: Record<string, string> };

/** What the FreeSWITCH behind the socket holds. */
let channels: Map<string, Channel>;
let gatewayStates: Map<string, string>;
let profileRuns: boolean;
let asked: string[];

let dir: string;
let peer: EslPeer;
let connection: EslConnection;
let calls: LiveCalls;
let states: GatewayStates;
let reconciler: Reconciler;
let told: string[];
let pictures: Picture[];

const until = async (condition: () => boolean, what: string): Promise<void> => {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const answerTo = (command: string): string => {
  asked.push(command);
  if (command.startsWith('sofia xmlstatus profile'))
    return profileRuns ? '<profile><profile-info></profile-info></profile>' : 'Invalid Profile!\n';
  if (command === 'sofia xmlstatus gateway')
    return `<?xml version="1.0"?>\n<gateways>${[...gatewayStates]
      .map(
        ([name, state]) =>
          `<gateway><name>${name}</name><profile>offhook</profile><state>${state}</state></gateway>`,
      )
      .join('')}</gateways>`;
  if (command === 'show channels as json')
    return JSON.stringify({
      row_count: channels.size,
      rows: [...channels].map(([uuid, channel]) => ({ uuid, direction: channel.direction ?? 'inbound' })),
    });
  if (command.startsWith('uuid_dump ')) {
    const id = command.split(' ')[1] ?? '';
    const channel = channels.get(id);
    if (!channel) return '-ERR No such channel!\n';
    return JSON.stringify({
      'Unique-ID': id,
      'Answer-State': channel.answer ?? 'ringing',
      ...(channel.trunkId === undefined ? {} : { variable_offhook_trunk_id: channel.trunkId }),
      ...channel.variables,
    });
  }
  return '+OK\n';
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oh-reconciler-'));
  channels = new Map();
  gatewayStates = new Map();
  profileRuns = true;
  asked = [];
  told = [];
  pictures = [];
  peer = await EslPeer.open();
  peer.answer = (command, headers) => {
    if (command.startsWith('api ')) return apiReply(answerTo(command.slice('api '.length)));
    const body = answerTo(command.slice('bgapi '.length));
    const event = { 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': headers.get('Job-UUID'), _body: body };
    return commandReply('+OK Job-UUID: x') + jsonEvent(event);
  };
  connection = new EslConnection({
    address: { host: '127.0.0.1', port: peer.port, password: 'secret' },
    events: ['HEARTBEAT'],
    log: silentLog(),
    onUp: () => reconciler.begin(),
    onDown: () => reconciler.cancel(),
    onEvent: () => undefined,
  });
  calls = new LiveCalls({
    emit: (event) =>
      told.push(
        'channelId' in event
          ? `${event.type} ${event.channelId}`
          : 'channel' in event
            ? `${event.type} ${event.channel.channelId}`
            : event.type,
      ),
    onPort: () => undefined,
  });
  states = new GatewayStates({ onState: () => undefined, probe: () => Promise.resolve('reachable') });
  reconciler = new Reconciler({
    connection,
    profile: 'offhook',
    calls,
    gateways: new Gateways({
      tls: {
        placeOf: () => ({ profile: 'offhook', dir: null }),
        ensure: async () => {},
        entry: async () => undefined,
        putEntry: async () => {},
        removeEntry: async () => {},
        trunks: async () => [],
      },
      profile: 'offhook',
      push: new ConfigurationPush({ dir, ask: (command) => connection.api(command), log: silentLog() }),
      ask: (command) => connection.api(command),
      log: silentLog(),
      onReplaced: () => undefined,
    }),
    states,
    registrar: { begin: () => Promise.resolve(), read: () => Promise.resolve() },
    log: silentLog(),
    checkEveryMs: 30,
    hangUp: async (channelId) => {
      told.push(`hang up ${channelId}`);
      channels.delete(channelId);
    },
    isDialling: (channelId) => channelId === idOf(9),
    onPicture: (picture) => {
      told.push('picture');
      pictures.push(picture);
    },
    onComplete: () => told.push('complete'),
  });
});

afterEach(async () => {
  reconciler.cancel();
  states.stop();
  connection.stop();
  await peer.close();
  await rm(dir, { recursive: true, force: true });
});

describe('legs that we placed', () => {
  const dialled = (variables: Record<string, string> = {}) => ({
    trunkId: 'trunk-a',
    answer: 'answered',
    direction: 'outbound',
    variables: { variable_offhook_dialled: '215', ...variables },
  });

  it('of a controller before us are ended, unless they are bridged; none is a call', async () => {
    channels.set(idOf(1), dialled());
    channels.set(idOf(2), dialled({ variable_offhook_bridged: '215', variable_bridge_uuid: idOf(3) }));
    channels.set(idOf(4), dialled({ variable_offhook_bridged: '215' }));
    channels.set(idOf(9), dialled());
    connection.start();
    await until(() => told.includes('complete'), 'the picture');
    expect(pictures[0]?.channels).toEqual([]);
    expect(told.filter((line) => line.startsWith('hang up'))).toEqual([
      `hang up ${idOf(1)}`,
      `hang up ${idOf(4)}`,
    ]);
  });
});

describe('the picture on a connect', () => {
  it('has our calls and registrations, and nobody else’s', async () => {
    channels.set(idOf(1), { trunkId: 'trunk-a' });
    channels.set(idOf(2), { trunkId: 'trunk-a', answer: 'answered' });
    channels.set(idOf(3), {});
    channels.set(idOf(4), { variables: { variable_direction: 'outbound' }, direction: 'outbound' });
    channels.set(idOf(5), { trunkId: 'trunk-a', answer: 'hangup' });
    gatewayStates.set('trunk-a', 'REGED').set('trunk-b', 'FAIL_WAIT');
    connection.start();
    await until(() => told.includes('complete'), 'the picture');
    expect(pictures[0]?.channels.map((channel) => [channel.channelId, channel.answered])).toEqual([
      [idOf(1), false],
      [idOf(2), true],
    ]);
    expect(pictures[0]?.registrations).toEqual(
      new Map([
        ['trunk-a', { phase: 'registered' }],
        ['trunk-b', { phase: 'trying' }],
      ]),
    );
    // why that one failed is asked of the PBX again
    await until(() => asked.includes('sofia profile offhook register trunk-b'), 'another attempt');
    expect(asked).not.toContain('sofia profile offhook register trunk-a');
  });

  it('waits for a FreeSWITCH whose profile is not up yet', async () => {
    profileRuns = false;
    connection.start();
    await until(() => asked.length > 0, 'the first question');
    expect(reconciler.isTakingPicture).toBe(true);
    profileRuns = true;
    await until(() => told.includes('complete'), 'the picture');
    expect(reconciler.isTakingPicture).toBe(false);
  });

  it('ends the calls that went while we were not connected, behind it and once', async () => {
    channels.set(idOf(1), { trunkId: 'trunk-a' }).set(idOf(2), { trunkId: 'trunk-a' });
    connection.start();
    await until(() => told.includes('complete'), 'the first picture');
    told = [];
    channels.delete(idOf(1));
    peer.cut();
    await until(() => told.includes('complete'), 'the second picture');
    expect(told).toEqual(['picture', `ended ${idOf(1)}`, 'complete']);
  });

  it('leaves out, and ends, a leg that went with its REFER', async () => {
    channels.set(idOf(1), {
      trunkId: 'trunk-a',
      answer: 'answered',
      variables: { variable_sip_refer_target_status_code: '486' },
    });
    connection.start();
    await until(() => told.includes('complete'), 'the picture');
    expect(told).toEqual([`hang up ${idOf(1)}`, 'picture', 'complete']);
  });
});

describe('the check every now and then', () => {
  beforeEach(async () => {
    channels.set(idOf(1), { trunkId: 'trunk-a' });
    connection.start();
    await until(() => told.includes('complete'), 'the picture');
    told = [];
  });

  it('finds a call whose beginning was lost', async () => {
    channels.set(idOf(2), { trunkId: 'trunk-b' });
    await until(() => told.length > 0, 'the offer');
    expect(told).toEqual([`offered ${idOf(2)}`]);
  });

  it('finds a call whose end was lost, once it is missing for the second time', async () => {
    const checks = () => asked.filter((command) => command.startsWith('show channels')).length;
    channels.delete(idOf(1));
    const before = checks();
    await until(() => told.length > 0, 'the end');
    expect(told).toEqual([`ended ${idOf(1)}`]);
    expect(checks()).toBeGreaterThanOrEqual(before + 2);
  });

  it('tells nothing while nothing was lost', async () => {
    const before = asked.length;
    await until(() => asked.length > before + 10, 'some checks');
    expect(told).toEqual([]);
  });
});
