/**
 * Configuration push, from the REST API to the real switch: a change of one trunk touches no other, what the switch
 * cannot take is rolled back and said, what somebody else changed is found at the start.
 */
import { mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Agent } from '../controller/contract/agent.ts';
import type { ExtensionTrunk } from '../controller/contract/trunk.ts';
import { readInstance } from '../controller/freeswitch/instance.ts';
import { askOnce } from '../controller/freeswitch/launch.ts';
import { switchFolder } from '../controller/own-switch.ts';
import { Offhook } from './kit/offhook.ts';
import type { SipCall } from './kit/sip-call.ts';
import { SipPeer } from './kit/sip-peer.ts';
import { switchesUnderTest } from './kit/switches.ts';
import { toneSource } from './kit/tone.ts';
import { until } from './kit/until.ts';

type Trunk = ExtensionTrunk;
const quietFrames = 75;
const hostileName = 'a"><x>${system rm}';

for (const { kind, missing } of switchesUnderTest()) {
  if (missing !== null) continue;

  describe(`configuration push, ${kind}`, () => {
    let offhook: Offhook;
    let neighbourPbx: SipPeer;
    let pbx: SipPeer;
    let neighbour: Trunk;
    let call: SipCall;
    /** what the PBXes take for right */
    const passwords = new Map<string, string>();
    const passwordOf = (user: string): string => passwords.get(user) ?? `pw-${user}`;

    const trunkAt = (peer: SipPeer, extension: string, fields: object = {}) =>
      offhook.api<Trunk>('POST', '/trunks', {
        name: `Trunk ${extension}`,
        domain: peer.host,
        port: peer.port,
        extension,
        password: passwordOf(extension),
        ...fields,
      });
    const change = (trunk: Trunk, fields: object) =>
      offhook.api<Trunk>('PATCH', `/trunks/${trunk.id}`, fields);
    const trunkOf = (id: string) => offhook.api<Trunk>('GET', `/trunks/${id}`);
    const becomes = (trunk: Trunk, text: RegExp) =>
      until(
        async () => {
          const { status } = await trunkOf(trunk.id);
          return text.test(status.text) ? status : false;
        },
        { what: `${trunk.name} to be ${text}`, timeoutMs: 30_000 },
      );

    beforeAll(async () => {
      [neighbourPbx, pbx] = [await SipPeer.open(), await SipPeer.open({ passwordOf })];
      offhook = await Offhook.started({ switch: kind, environment: { LOG_LEVEL: 'info' } });
      const agent = await offhook.api<Agent>('POST', '/agents', { name: 'Echo', kind: 'echo' });
      neighbour = await trunkAt(neighbourPbx, '1000', { agentId: agent.id });
      await becomes(neighbour, /^Registered as ext 1000$/);
      call = await neighbourPbx.call('1000');
      await call.answered();
      void call.rtp.say(toneSource(440, call.rtp.codec));
      await call.rtp.ear.hears(440);
    });
    afterAll(async () => {
      await call.hangUp();
      await Promise.all([neighbourPbx.close(), pbx.close()]);
      await offhook.remove();
    });

    /** Both sides keep the beat: what went out comes back, but for what is on its way. */
    const missingDuring = async (work: () => Promise<void>) => {
      const { counters } = call.rtp;
      const before = { ...counters };
      await work();
      const sent = counters.sent - before.sent;
      const missing = Math.max(0, sent - (counters.received - before.received));
      return { sent, missing, lost: counters.lost - before.lost };
    };

    /**
     * Nothing that happens during `work` is noticed in the neighbour's registration or call. `audio: false` where `work` is
     * so much for this machine that the bot, not the switch, may miss a beat.
     */
    const unnoticed = async (work: () => Promise<void>, { audio = true } = {}): Promise<void> => {
      const { callId, contact } = await neighbourPbx.registrationOf('1000');
      const attempts = neighbourPbx.attempts.length;
      const enough = call.rtp.counters.sent + quietFrames;
      const quiet = await missingDuring(async () => {
        await until(() => call.rtp.counters.sent >= enough, { what: 'a quiet time to compare with' });
      });
      const busy = await missingDuring(work);
      expect(busy.lost).toBe(0);
      // two frames are 40 ms. A machine that is short of time misses some anyhow: so many more as in the quiet time.
      const usual = (quiet.missing * busy.sent) / quiet.sent;
      if (audio) expect(busy.missing, JSON.stringify({ quiet, busy })).toBeLessThanOrEqual(2 + 3 * usual);
      expect(call.ending).toBeNull();
      await call.rtp.ear.hears(440);
      expect(neighbourPbx.registrations.get('1000')).toMatchObject({ callId, contact });
      expect(neighbourPbx.attempts).toHaveLength(attempts);
      expect((await trunkOf(neighbour.id)).status.text).toBe('Registered as ext 1000');
    };

    test("changing one trunk leaves another one's registration and call untouched", async () => {
      await unnoticed(async () => {
        const trunk = await trunkAt(pbx, '1001', { name: hostileName });
        await becomes(trunk, /^Registered/);
        await change(trunk, { password: 'wrong' });
        await becomes(trunk, /Authentication required/);
        await change(trunk, { password: 'pw-1001', codecs: ['PCMA'], expirySeconds: 300 });
        await becomes(trunk, /^Registered/);
        await change(trunk, { extension: '1002', username: '', authId: '', password: 'pw-1002' });
        await becomes(trunk, /^Registered as ext 1002/);
        await until(() => !pbx.registrations.has('1001'), { what: '1001 to be gone' });
        await change(trunk, { active: false });
        await becomes(trunk, /^Inactive/);
        await until(() => !pbx.registrations.has('1002'), { what: '1002 to be gone' });
        await offhook.api('DELETE', `/trunks/${trunk.id}`);
      });
    });

    test('no name, user or password does harm: each is refused, or registers as what it is', async () => {
      const signs = fc.string({
        unit: fc.constantFrom(
          'a',
          '1',
          '"',
          "'",
          '<',
          '>',
          '&',
          '$',
          '`',
          '{',
          '}',
          '(',
          ')',
          '[',
          ']',
          ';',
          '%',
          '\\',
          '/',
          '#',
          '=',
          '*',
          '|',
          '!',
          '-',
          '~',
          ' ',
        ),
        minLength: 1,
        maxLength: 24,
      });
      const samples = fc
        .sample(
          fc.record({
            name: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }), signs),
            password: signs,
          }),
          {
            numRuns: 7,
            seed: 42,
          },
        )
        .concat([
          { name: hostileName, password: '$${base_dir}<!--#exec-->' },
          { name: '--><!--x-->', password: "'; cat /etc/passwd #" },
        ]);
      await unnoticed(async () => {
        const made = await Promise.all(
          samples.map(async ({ name, password }, n) => {
            passwords.set(`20${n}0`, password);
            return trunkAt(pbx, `20${n}0`, { name, password }).catch((error: unknown) => {
              // 400: the contract does not let it in
              expect(String(error)).toContain('400');
              return null;
            });
          }),
        );
        const taken = made.filter((trunk) => trunk !== null);
        expect(taken.length).toBeGreaterThanOrEqual(4);
        for (const trunk of taken) {
          const { text } = await becomes(trunk, /^(Registered|Failed — The switch did not take)/);
          if (text.startsWith('Registered')) expect(pbx.registrations.has(trunk.extension)).toBe(true);
        }
        await Promise.all(taken.map((trunk) => offhook.api('DELETE', `/trunks/${trunk.id}`)));
        await until(() => [...pbx.registrations.keys()].every((user) => !/^20.0$/.test(user)), {
          what: 'all of them to be gone',
        });
      });
    });

    test('a burst of changes ends as the last one says, and goes to the switch in few steps', async () => {
      const trunks = await Promise.all([1, 2, 3].map((n) => trunkAt(pbx, `300${n}`)));
      for (const trunk of trunks) await becomes(trunk, /^Registered/);
      const before = kind === 'freeswitch' ? await versionOf(offhook) : 0;
      const attempts = pbx.attempts.length;
      await unnoticed(
        async () => {
          for (let n = 0; n < 12; n += 1)
            await Promise.all(
              trunks.map((trunk) => change(trunk, { expirySeconds: 100 + n, name: `${trunk.name}, ${n}` })),
            );
          for (const trunk of trunks) {
            await until(
              () =>
                pbx.attempts.some(
                  ({ user, expirySeconds }) => user === trunk.extension && expirySeconds === 111,
                ),
              { what: `the last change of ${trunk.extension}`, timeoutMs: 20_000 },
            );
            await becomes(trunk, /^Registered/);
          }
        },
        { audio: false },
      );
      // 36 changes; a REGISTER is two messages, and a contact that moves is said again
      expect(pbx.attempts.length - attempts).toBeLessThan(36 * 2);
      if (kind === 'freeswitch') expect((await versionOf(offhook)) - before).toBeLessThan(36);
      await Promise.all(trunks.map((trunk) => offhook.api('DELETE', `/trunks/${trunk.id}`)));
    });

    if (kind === 'freeswitch') freeswitchOnly();

    function freeswitchOnly(): void {
      const folder = () => switchFolder(offhook.dataDir, 'freeswitch');

      test('what FreeSWITCH cannot read is taken back; the old account stays and the status says why', async () => {
        const trunk = await trunkAt(pbx, '4001');
        await becomes(trunk, /^Registered/);
        const { callId } = await pbx.registrationOf('4001');
        const live = await readlink(join(folder(), 'gateways', 'live'));
        // an operator's mistake, so that FreeSWITCH refuses everything
        const broken = join(folder(), 'conf', 'autoload_configs', 'zz-broken.xml');
        await writeFile(broken, '<configuration name="broken"><open>\n');
        await unnoticed(async () => {
          await change(trunk, { expirySeconds: 200 });
          const status = await becomes(trunk, /^Failed — The switch did not take the change$/);
          expect(status.check).toMatch(/live still.*cannot read its configuration/);
          expect(await readlink(join(folder(), 'gateways', 'live'))).toBe(live);
          expect((await pbx.registrationOf('4001')).callId).toBe(callId);
        });
        await rm(broken);
        await offhook.api('POST', `/trunks/${trunk.id}/re-register`);
        await becomes(trunk, /^Registered/);
        await until(() => pbx.attempts.some((attempt) => attempt.expirySeconds === 200), {
          what: 'the change',
        });
        await offhook.api('DELETE', `/trunks/${trunk.id}`);
      });

      test('a full disk is said, and what was there stays live', async () => {
        const trunk = await trunkAt(pbx, '4002');
        await becomes(trunk, /^Registered/);
        const { callId } = await pbx.registrationOf('4002');
        const version = await versionOf(offhook);
        const next = join(folder(), 'gateways', `v-${version + 1}`);
        await mkdir(next);
        await symlink('/dev/full', join(next, 'gateways.xml'));
        await unnoticed(async () => {
          await change(trunk, { expirySeconds: 222 });
          expect((await becomes(trunk, /^Failed/)).check).toContain('the disk is full');
        });
        expect((await pbx.registrationOf('4002')).callId).toBe(callId);
        expect(await versionOf(offhook)).toBe(version);
        // the trap went with the folder: the disk has room again
        await offhook.api('POST', `/trunks/${trunk.id}/re-register`);
        await until(() => pbx.attempts.some((attempt) => attempt.expirySeconds === 222), {
          what: 'the change',
        });
        await becomes(trunk, /^Registered/);
        await offhook.api('DELETE', `/trunks/${trunk.id}`);
      });

      test('what somebody changed meanwhile is found at the start, said and mended', async () => {
        const trunk = await trunkAt(pbx, '4003');
        await becomes(trunk, /^Registered/);
        await offhook.stop();
        const instance = await readInstance(folder());
        if (instance === null) throw new Error('no FreeSWITCH in its folder');
        const esl = { host: '127.0.0.1', port: instance.instance.eslPort, password: instance.password };
        const file = join(folder(), 'gateways', 'live', 'gateways.xml');
        const text = await readFile(file, 'utf8');
        const stranger =
          text.match(/<gateway[^]*?<\/gateway>/)?.[0].replace(/name="[^"]*"/, 'name="stranger"') ?? '';
        await writeFile(file, `${text}\n${stranger}\n`);
        await askOnce(esl, 'sofia profile offhook startgw stranger');
        await askOnce(esl, `sofia profile offhook killgw ${trunk.id}`);
        await until(async () => !(await askOnce(esl, `sofia status gateway ${trunk.id}`))?.includes('REG'), {
          what: 'the gateway to be lost',
        });
        const from = offhook.log.length;
        await offhook.start();
        await becomes(trunk, /^Registered/);
        await until(async () => (await askOnce(esl, 'sofia status gateway stranger'))?.includes('Invalid'), {
          what: 'the stranger to be gone',
        });
        await until(async () => !(await readFile(file, 'utf8')).includes('stranger'), {
          what: 'the file to be mended',
        });
        const said = offhook.log.slice(from).filter((line) => line.includes('drift'));
        expect(said.join('\n')).toMatch(/gateways\.xml was changed/);
        expect(said.join('\n')).toMatch(/no trunk has/);
        expect(said.join('\n')).toMatch(/lost/);
        expect((await trunkOf(neighbour.id)).status.text).toBe('Registered as ext 1000');
        await call.rtp.ear.hears(440);
        await offhook.api('DELETE', `/trunks/${trunk.id}`);
      });
    }
  });
}

const versionOf = async (offhook: Offhook): Promise<number> => {
  const live = join(switchFolder(offhook.dataDir, 'freeswitch'), 'gateways', 'live');
  const manifest = JSON.parse(await readFile(join(live, 'manifest.json'), 'utf8')) as { version: number };
  return manifest.version;
};
