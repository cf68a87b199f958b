/**
 * The SIP messages of a call and of a registration as the switch saw them, through Offhook as its users run it, on each
 * switch: every step of a transfer in order, who sent what, and no secret.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Agent } from '../controller/contract/agent.ts';
import type { PastCall } from '../controller/contract/call.ts';
import type { SipTrace } from '../controller/contract/sip-trace.ts';
import type { Trunk } from '../controller/contract/trunk.ts';
import { askOnce } from '../controller/freeswitch/launch.ts';
import { Scene } from './journeys/scene.ts';
import { Offhook } from './kit/offhook.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { SipPhone } from './kit/sip-phone.ts';
import { type SwitchInstance, switchesUnderTest } from './kit/switches.ts';
import { toneSource } from './kit/tone.ts';
import { until } from './kit/until.ts';

let pbx: Pbx;
beforeAll(async () => {
  pbx = await startPbx();
});
afterAll(() => pbx.remove());

const textsOf = ({ messages }: SipTrace): string => messages.map(({ text }) => text).join('\n');

/** Whether `wanted` stands in `list`, in that order; anything may stand between. */
const inOrder = (list: readonly string[], wanted: readonly string[]): boolean => {
  let at = 0;
  for (const one of list) if (one === wanted[at]) at += 1;
  return at === wanted.length;
};

/** `> INVITE`, `< 200 INVITE`: `>` came from the PBX. */
const steps = ({ messages }: SipTrace): string[] =>
  messages
    .filter((message) => !message.retransmission)
    .map(
      ({ direction, method, status, cseq }) =>
        `${direction === 'from PBX' ? '>' : '<'} ${method ?? `${String(status)} ${cseq.replace(/^\d+ /, '')}`}`,
    );

for (const { kind, missing } of switchesUnderTest()) {
  if (missing !== null) continue; // said by the switch contract and by the last line of the run
  describe(kind, () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await Scene.set(kind, pbx);
    });
    afterEach(() => scene.clear());
    afterAll(() => scene?.close());

    const text = async (path: string): Promise<string> => {
      const response = await fetch(`${scene.offhook.url}/api/v1${path}`, {
        headers: { authorization: `Bearer ${scene.offhook.token}` },
      });
      expect(response.headers.get('content-type')).toContain('text/plain');
      return response.text();
    };
    const noSecret = (said: string): void => {
      expect(said).not.toContain('pw-1003');
      expect(said).not.toMatch(/(?:response|nonce|cnonce|opaque)="(?!\[removed\])/);
      expect(said).not.toMatch(/inline:/);
    };

    test('a transferred call is a ladder, a registration too, and neither holds a secret', async () => {
      const agent = await scene.agent({ kind: 'receptionist' });
      const trunk = await scene.pbxTrunk({ extension: '1003', agentId: agent.id });
      await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
      await scene.status(trunk.id, 'Registered as ext 1003');
      const [caller, sarah] = await Promise.all(
        ['101', '215'].map((extension) => SipPhone.registered({ pbx, extension })),
      );
      if (!caller || !sarah) throw new Error('no phones');
      sarah.answerWithTone(1300);
      const call = await caller.call('1003');
      await call.answered();
      await until(() => call.rtp.ear.level(300) > 100, { what: "the receptionist's voice" });

      const live = scene.liveCalls(trunk.id).at(-1);
      const standing = await scene.offhook.api<SipTrace>('GET', `/calls/${live?.id}/sip`);
      expect(inOrder(steps(standing), ['> INVITE', '< 180 INVITE', '< 200 INVITE'])).toBe(true);

      await call.rtp.sendDigits('215');
      void call.rtp.say(toneSource(450, call.rtp.codec));
      await call.rtp.ear.hears(1300, { timeoutMs: 20_000 });
      const past = await scene.outcome(trunk.id);
      expect(past.outcome).toBe('Transferred to 215 Sarah');
      const isWhole = ({ messages }: SipTrace): boolean =>
        messages.some(({ status, cseq }) => status === 200 && cseq.endsWith(' BYE'));
      const trace = await until(
        async () => {
          const read = await scene.offhook.api<SipTrace>('GET', `/calls/${past.id}/sip`);
          return isWhole(read) ? read : null;
        },
        { what: 'the BYE and its answer in the trace' },
      );
      // either side may be the first to end the leg that the PBX has moved
      const said = steps(trace).map((step) => step.replace(/^[<>] (?=.*BYE$)/, ''));
      const wanted = [
        '> INVITE',
        '< 180 INVITE',
        '< 200 INVITE',
        '> ACK',
        '< REFER',
        '> 202 REFER',
        '> NOTIFY',
        '< 200 NOTIFY',
        'BYE',
        '200 BYE',
      ];
      expect(inOrder(said, wanted) ? wanted : said).toEqual(wanted);
      expect(new Set(trace.messages.map(({ callId }) => callId))).toEqual(new Set([past.sipCallId]));
      expect(trace.truncated).toBe(false);
      const ends = new Set(
        trace.messages.map(({ from, to, direction }) => (direction === 'to PBX' ? to : from)),
      );
      expect([...ends]).toEqual([`${pbx.host}:${pbx.port}`]);
      noSecret(textsOf(trace));

      const ladder = await text(`/calls/${past.id}/sip?format=text`);
      expect(ladder).toMatch(/\|-- INVITE sip:\S+ -*>\|/);
      expect(ladder).toMatch(/\|<-* REFER to sip:215@\S+ --\|/);
      expect(ladder).toMatch(/\|-- 202 Accepted -*>\|/);
      expect(ladder).toMatch(/\|-- NOTIFY \(sipfrag 200 OK\) -*>\|/);
      expect(ladder).toContain('Transferred to 215 Sarah');
      noSecret(ladder);

      const registered = await scene.offhook.api<SipTrace>('GET', `/trunks/${trunk.id}/sip?limit=20`);
      const dialogue = ['< REGISTER', '> 401 REGISTER', '< REGISTER', '> 200 REGISTER'];
      expect(inOrder(steps(registered), dialogue) ? dialogue : steps(registered)).toEqual(dialogue);
      expect(textsOf(registered)).toMatch(/^Authorization: Digest .*username="1003".*response="\[removed]"/m);
      expect(textsOf(registered)).toMatch(/^WWW-Authenticate: Digest .*nonce="\[removed]"/im);
      noSecret(textsOf(registered));
      expect(await text(`/trunks/${trunk.id}/sip?format=text`)).toMatch(
        /\|<-* REGISTER sip:\S+ --\|.*; with credentials$/m,
      );
      await Promise.all([caller.close(), sarah.close()]);
    });

    test('messages over TCP are told apart and have their direction', async () => {
      const agent = await scene.agent({ kind: 'echo' });
      const trunk = await scene.pbxTrunk({ extension: '1002', agentId: agent.id, transport: 'tcp' });
      await scene.status(trunk.id, 'Registered as ext 1002');
      const phone = await SipPhone.registered({ pbx, extension: '101' });
      const call = await phone.call('1002');
      // once in some thirty runs the PBX told its phone 488: then the ladder says who refused
      await call.answered().catch(async (error: unknown) => {
        const past = await scene.outcome(trunk.id).catch(() => null);
        const ladder = past ? await text(`/calls/${past.id}/sip?format=text`) : 'the call has not reached us';
        throw new Error(`${String(error)}\n${ladder}`, { cause: error });
      });
      await call.hangUp();
      const past = await scene.outcome(trunk.id);
      const wanted = ['> INVITE', '< 180 INVITE', '< 200 INVITE', '> ACK', '> BYE', '< 200 BYE'];
      const said = await until(
        async () => {
          const read = steps(await scene.offhook.api<SipTrace>('GET', `/calls/${past.id}/sip`));
          return read.includes('< 200 BYE') ? read : null;
        },
        { what: 'the answer to the BYE in the trace' },
      );
      expect(inOrder(said, wanted) ? wanted : said).toEqual(wanted);
      await phone.close();
    });

    test('a trunk sees its own registrations only', async () => {
      const trunks = await Promise.all(
        ['1000', '1001'].map((extension) => scene.pbxTrunk({ extension, password: `pw-${extension}` })),
      );
      for (const trunk of trunks) {
        await scene.status(trunk.id, `Registered as ext ${trunk.extension}`);
        const { messages } = await scene.offhook.api<SipTrace>('GET', `/trunks/${trunk.id}/sip`);
        expect(messages.length).toBeGreaterThanOrEqual(4);
        for (const { text: said } of messages)
          expect(said).toMatch(new RegExp(`^To: .*sip:${trunk.extension}@`, 'm'));
      }
    });

    test('metrics say what is stored and that nothing was lost', async () => {
      const metrics = await (await fetch(`${scene.offhook.url}/metrics`)).text();
      expect(metrics).toMatch(/^offhook_sip_messages_dropped 0$/m);
      expect(metrics).toMatch(/^offhook_sip_messages_not_understood 0$/m);
      expect(metrics).toMatch(/^offhook_sip_messages_bytes [1-9]\d*$/m);
    });
  });
}

const freeswitch = switchesUnderTest().find(({ kind, missing }) => kind === 'freeswitch' && missing === null);
if (freeswitch)
  describe('a FreeSWITCH that ran before', () => {
    let instance: SwitchInstance;
    let offhook: Offhook | null = null;
    beforeAll(async () => {
      instance = await freeswitch.launch();
    });
    afterAll(async () => {
      await offhook?.remove();
      await instance?.remove();
    });

    test('is found without its capture, and copies its messages to a controller that it is named to', async () => {
      if (instance.settings.kind !== 'freeswitch') throw new Error('no FreeSWITCH');
      const { esl, gatewayDir, switchMediaPorts, hepPort, mediaPort } = instance.settings.options;
      // as one that an older version has started
      await askOnce(esl, 'sofia profile offhook capture off');
      await instance.restart();
      offhook = await Offhook.started({
        switch: 'freeswitch',
        environment: {
          FREESWITCH_ESL_HOST: esl.host,
          FREESWITCH_ESL_PORT: String(esl.port),
          FREESWITCH_ESL_PASSWORD: esl.password,
          FREESWITCH_GATEWAY_DIR: gatewayDir,
          FREESWITCH_MEDIA_PORT_FROM: String(switchMediaPorts.from),
          FREESWITCH_MEDIA_PORT_TO: String(switchMediaPorts.to),
          MEDIA_PORT: String(mediaPort),
          HEP_PORT: String(hepPort),
        },
      });
      const api = offhook;
      const agent = await api.api<Agent>('POST', '/agents', { name: 'Echo', kind: 'echo' });
      const trunk = await api.api<Trunk>('POST', '/trunks', {
        name: 'Named',
        domain: pbx.host,
        port: pbx.port,
        extension: '1000',
        password: 'pw-1000',
        agentId: agent.id,
      });
      await pbx.registered('1000');
      const phone = await SipPhone.registered({ pbx, extension: '101' });
      const call = await phone.call('1000');
      await call.answered();
      await call.hangUp();
      const said = await until(
        async () => {
          const { items } = await api.api<{ items: PastCall[] }>('GET', `/calls?trunkId=${trunk.id}`);
          const read = items[0] && steps(await api.api<SipTrace>('GET', `/calls/${items[0].id}/sip`));
          return read?.includes('< 200 BYE') ? read : null;
        },
        { what: 'the answer to the BYE in the trace' },
      );
      // nobody told the controller where that FreeSWITCH does SIP: it has learned it from the registration
      const wanted = ['> INVITE', '< 180 INVITE', '< 200 INVITE', '> ACK', '> BYE', '< 200 BYE'];
      expect(inOrder(said, wanted) ? wanted : said).toEqual(wanted);
      await phone.close();
    });
  });
