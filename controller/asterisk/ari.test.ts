import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { silentLog } from '../log.ts';
import { AriConnection } from './ari.ts';
import type { AriEvent } from './ari-events.ts';
import { type AnswerTo, FakeAri } from './fake-ari.ts';

const log = silentLog();
const open: FakeAri[] = [];
afterEach(async () => {
  for (const peer of open.splice(0)) await peer.close();
});

const peer = async (answerTo?: AnswerTo): Promise<FakeAri> => {
  const made = await FakeAri.open(answerTo);
  open.push(made);
  return made;
};

const connectTo = (
  url: string,
  events: AriEvent[] = [],
  credentials = { user: 'u', password: 'p' },
): Promise<AriConnection> =>
  AriConnection.connect({
    url,
    ...credentials,
    appName: 'offhook',
    timeoutMs: 1000,
    log,
    onEvent: (event) => events.push(event),
  });

const channel = {
  id: '1.2',
  name: 'PJSIP/t1-00000001',
  state: 'Ring',
  protocol_id: 'x@y',
  caller: { name: 'Eve', number: '100' },
  dialplan: { context: 'offhook', exten: '1000', priority: 1, app_name: 'Stasis', app_data: 'offhook,call' },
};
const stasisStart = { type: 'StasisStart', application: 'offhook', args: ['call'], channel };

describe('connecting', () => {
  it('reads the version and subscribes', async () => {
    const asked: string[] = [];
    const asterisk = await peer((method, path) => {
      asked.push(`${method} ${path}`);
      return null;
    });
    const connection = await connectTo(asterisk.url);
    expect(connection.version).toBe('22.0.0');
    expect(asked).toContain('PUT /ari/applications/offhook/eventFilter');
    connection.close();
  });

  const refusals: [string, AnswerTo, string][] = [
    ['a wrong password', () => ({ status: 401, body: '{"message":"Authentication required"}' }), 'rejected'],
    ['another program', () => ({ status: 200, body: '<html>' }), 'disconnected'],
    ['another JSON service', () => ({ status: 200, body: '{"ok":true}' }), 'rejected'],
    ['a server that is broken', () => ({ status: 500, body: '' }), 'rejected'],
    ['a server that hangs up', () => 'cut', 'disconnected'],
    ['a server that says nothing', () => 'silent', 'disconnected'],
  ];
  for (const [name, answerTo, code] of refusals)
    it(`to ${name} is an error, and the process lives`, async () => {
      const asterisk = await peer(answerTo);
      await expect(connectTo(asterisk.url)).rejects.toMatchObject({ name: 'SwitchError', code });
    });

  for (const body of [
    '',
    '{',
    '[]',
    'null',
    '{"swaggerVersion":"1.2"}',
    '{"apis":{}}',
    '{"apis":[{"path":1}]}',
  ])
    it(`to a server with the description ${JSON.stringify(body)} is an error`, async () => {
      const asterisk = await peer((_, path) =>
        path === '/ari/api-docs/resources.json' ? { status: 200, body } : null,
      );
      await expect(connectTo(asterisk.url)).rejects.toMatchObject({ name: 'SwitchError' });
    });

  for (const answer of [{ status: 200, body: '{"apis":' }, { status: 401, body: '' }, 'cut'] as const)
    it(`to a server that breaks in the middle of its description (${JSON.stringify(answer)}) is an error`, async () => {
      const asterisk = await peer((_, path) => (path === '/ari/api-docs/channels.json' ? answer : null));
      await expect(connectTo(asterisk.url)).rejects.toMatchObject({ name: 'SwitchError' });
    });

  it('prints nothing', async () => {
    const print = vi.spyOn(console, 'log');
    const asterisk = await peer();
    (await connectTo(asterisk.url)).close();
    expect(print).not.toHaveBeenCalled();
    print.mockRestore();
  });
});

describe('an operation', () => {
  const cases: [string, Parameters<AnswerTo>[1], ReturnType<AnswerTo>, string][] = [
    ['that Asterisk refuses', '/ari/channels/1', { status: 409, body: '{"message":"no"}' }, 'rejected'],
    [
      'on a channel that is gone',
      '/ari/channels/1',
      { status: 404, body: '{"message":"x"}' },
      'no-such-channel',
    ],
    ['whose connection breaks', '/ari/channels/1', 'cut', 'disconnected'],
    ['with a broken answer', '/ari/channels/1', { status: 200, body: '{"a":' }, 'rejected'],
    ['with an error that is no text', '/ari/channels/1', { status: 500, body: '\u0000\u00ff' }, 'rejected'],
  ];
  for (const [name, path, answer, code] of cases)
    it(`${name} is a SwitchError`, async () => {
      const asterisk = await peer((_, asked) => (asked === path ? answer : null));
      const connection = await connectTo(asterisk.url);
      await expect(connection.call('channels', 'hangup', { channelId: '1' })).rejects.toMatchObject({
        name: 'SwitchError',
        code,
      });
      connection.close();
    });

  it('that this Asterisk does not have is refused', async () => {
    const connection = await connectTo((await peer()).url);
    await expect(connection.call('channels', 'fly')).rejects.toMatchObject({ code: 'rejected' });
    await expect(connection.call('constructor', 'name')).rejects.toMatchObject({ code: 'rejected' });
    connection.close();
  });

  it('whose answer is something else is refused', async () => {
    const asterisk = await peer((_, path) =>
      path === '/ari/channels' ? { status: 200, body: '[{"id":3}]' } : null,
    );
    const connection = await connectTo(asterisk.url);
    const schema = z.array(z.object({ id: z.string() }));
    await expect(connection.ask(schema, 'channels', 'list')).rejects.toMatchObject({ code: 'rejected' });
    connection.close();
  });

  it('keeps to the password of its own server', async () => {
    const seen: string[] = [];
    const noting: AnswerTo = (_, path, authorization) => {
      if (path !== '/ari/channels') return null;
      seen.push(Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString());
      return { status: 200, body: '[]' };
    };
    const first = await connectTo((await peer(noting)).url);
    const second = await connectTo((await peer(noting)).url, [], { user: 'other', password: 'q' });
    await first.call('channels', 'list');
    await second.call('channels', 'list');
    expect(seen).toEqual(['u:p', 'other:q']);
    first.close();
    second.close();
  });

  it('after the end of the connection is refused', async () => {
    const connection = await connectTo((await peer()).url);
    connection.close();
    await expect(connection.call('channels', 'list')).rejects.toMatchObject({ code: 'disconnected' });
  });
});

describe('events', () => {
  it('that are malformed are dropped, and the next good one comes', async () => {
    const asterisk = await peer();
    const events: AriEvent[] = [];
    const connection = await connectTo(asterisk.url, events);
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '"StasisStart"',
      '{"type":"__proto__"}',
      '{"type":"StasisStart"}',
      JSON.stringify({ ...stasisStart, args: 'call' }),
      JSON.stringify({ ...stasisStart, channel: { ...channel, caller: null } }),
      JSON.stringify({ ...stasisStart, channel: { ...channel, id: '' } }),
      JSON.stringify({ type: 'ChannelDtmfReceived', digit: '1;', channel }),
      JSON.stringify({ type: 'ChannelDestroyed', cause: 'x', cause_txt: 3, channel }),
    ])
      asterisk.send(text);
    asterisk.send(JSON.stringify(stasisStart));
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(events[0]).toMatchObject({ type: 'StasisStart', channel: { id: '1.2' } });
    connection.close();
  });

  it('keep a long and hostile name as text', async () => {
    const asterisk = await peer();
    const events: AriEvent[] = [];
    const connection = await connectTo(asterisk.url, events);
    const name = '%s"\\{}\u0007'.repeat(700);
    asterisk.send(
      JSON.stringify({ ...stasisStart, channel: { ...channel, caller: { name, number: name } } }),
    );
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(events[0]).toMatchObject({ channel: { caller: { name: name.slice(0, 4096) } } });
    connection.close();
  });

  for (const [name, bytes] of [
    ['a frame that is no frame', Buffer.from('this is no websocket frame, not at all')],
    ['a frame of reserved bits', Buffer.from([0xf1, 0x01, 0x41])],
    ['text that is no UTF-8', Buffer.from([0x81, 0x02, 0xff, 0xfe])],
  ] as const)
    it(`${name} ends the connection, not the process`, async () => {
      const asterisk = await peer();
      const connection = await connectTo(asterisk.url);
      const closed = new Promise<string>((resolve) => {
        connection.onClose = resolve;
      });
      asterisk.raw(bytes);
      expect(await closed).not.toBe('');
      await expect(connection.call('channels', 'list')).rejects.toMatchObject({ code: 'disconnected' });
    });

  it('end with the server, which is said once', async () => {
    const asterisk = await peer();
    const connection = await connectTo(asterisk.url);
    const reasons: string[] = [];
    connection.onClose = (reason) => reasons.push(reason);
    await asterisk.close();
    open.length = 0;
    await vi.waitFor(() => expect(reasons).toHaveLength(1));
    connection.close();
    expect(reasons).toHaveLength(1);
  });
});
