/**
 * Configuration push, from the REST API to the real switch: a change of one trunk touches no other, what the switch
 * cannot take is rolled back and said, what somebody else changed is found at the start.
 */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ExtensionTrunk, SipTrunkWithPassword } from '../controller/contract/trunk.ts';
import { asteriskDrift, freeswitchDrift, freeswitchRefusals } from './journeys/foreign-changes.ts';
import { pbxOf } from './journeys/neighbours.ts';
import { PushScene } from './journeys/push-scene.ts';
import type { SipPhone } from './kit/sip-phone.ts';
import { switchesUnderTest } from './kit/switches.ts';
import { until } from './kit/until.ts';

const hostileName = 'a"><x>${system rm}';

for (const { kind, missing } of switchesUnderTest()) {
  if (missing !== null) continue;

  describe(`configuration push, ${kind}`, () => {
    let scene: PushScene;
    beforeAll(async () => {
      scene = await PushScene.set(kind);
    });
    beforeEach(() => scene.neighbours.ready());
    afterEach(() => scene.neighbours.alone());
    afterAll(() => scene?.close());

    test("changing one trunk leaves another one's registration and call untouched", async () => {
      let trunk: ExtensionTrunk;
      await scene.neighbours.unnoticed(
        {
          'one is made': async () => {
            trunk = await scene.trunkAt('1001', { name: hostileName });
            await scene.becomes(trunk, /^Registered/);
          },
          'it gets a wrong password': async () => {
            await scene.change(trunk, { password: 'wrong' });
            await scene.becomes(trunk, /Authentication required/);
          },
          'it gets the right one, and another codec': async () => {
            await scene.change(trunk, { password: 'pw-1001', codecs: ['PCMA'], expirySeconds: 300 });
            await scene.becomes(trunk, /^Registered/);
          },
          'it becomes another extension': async () => {
            await scene.change(trunk, { extension: '1002', username: '', authId: '', password: 'pw-1002' });
            await scene.becomes(trunk, /^Registered as ext 1002/);
            await until(() => !scene.pbx.registrations.has('1001'), { what: '1001 to be gone' });
          },
          'it is deactivated': async () => {
            await scene.change(trunk, { active: false });
            await scene.becomes(trunk, /^Inactive/);
            await until(() => !scene.pbx.registrations.has('1002'), { what: '1002 to be gone' });
          },
          'it is deleted': () => scene.offhook.api('DELETE', `/trunks/${trunk.id}`),
        },
        { gaps: true },
      );
    });

    test("changing a SIP trunk leaves another one's registration and call untouched", async () => {
      let trunk: SipTrunkWithPassword;
      let phone: SipPhone;
      const path = () => `/trunks/${trunk.id}`;
      const registers = async (changes: { username?: string; password?: string } = {}) => {
        phone?.vanish();
        phone = await pbxOf(trunk, changes);
        await scene.registers(phone, true);
      };
      await scene.neighbours.unnoticed(
        {
          'one is made': async () => {
            trunk = await scene.sipTrunk({ name: hostileName });
            await registers();
          },
          'it gets another user name': async () => {
            trunk = { ...trunk, username: `${trunk.username}.2` };
            await scene.offhook.api('PATCH', path(), { username: trunk.username });
            await scene.registers(phone, false);
            await registers();
          },
          'it gets another password': async () => {
            const order = { overlapSeconds: 0 };
            const { password } = await scene.offhook.api<SipTrunkWithPassword>(
              'POST',
              `${path()}/rotate-password`,
              order,
            );
            trunk = { ...trunk, password };
            await scene.registers(phone, false);
            await registers();
          },
          'it gets addresses': async () => {
            const both = { authentication: 'both', allowedAddresses: ['127.0.0.81'] };
            await scene.offhook.api('PATCH', path(), both);
            await scene.registers(phone, false);
            await scene.offhook.api('PATCH', path(), { allowedAddresses: ['127.0.0.1'] });
            await scene.registers(phone, true);
          },
          'it is deactivated': async () => {
            await scene.offhook.api('PATCH', path(), { active: false });
            await scene.registers(phone, false);
          },
          'it is deleted': async () => {
            await scene.offhook.api('DELETE', path());
            phone.vanish();
          },
        },
        { gaps: true },
      );
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
      const made = async () => {
        const answered = await Promise.all(
          samples.map(async ({ name, password }, n) => {
            scene.passwords.set(`20${n}0`, password);
            return scene.trunkAt(`20${n}0`, { name, password }).catch((error: unknown) => {
              // 400: the contract does not let it in
              expect(String(error)).toContain('400');
              return null;
            });
          }),
        );
        const taken = answered.filter((trunk) => trunk !== null);
        expect(taken.length).toBeGreaterThanOrEqual(4);
        for (const trunk of taken) {
          const { text } = await scene.becomes(trunk, /^(Registered|Failed — The switch did not take)/);
          if (text.startsWith('Registered')) expect(scene.pbx.registrations.has(trunk.extension)).toBe(true);
        }
        await Promise.all(taken.map((trunk) => scene.offhook.api('DELETE', `/trunks/${trunk.id}`)));
        await until(() => [...scene.pbx.registrations.keys()].every((user) => !/^20.0$/.test(user)), {
          what: 'all of them to be gone',
        });
      };
      await scene.neighbours.unnoticed({ 'they are made, and deleted': made });
    });

    test('a burst of changes ends as the last one says, and goes to the switch in few steps', async () => {
      const trunks = await Promise.all([1, 2, 3].map((n) => scene.trunkAt(`300${n}`)));
      for (const trunk of trunks) await scene.becomes(trunk, /^Registered/);
      const before = kind === 'freeswitch' ? await scene.version() : 0;
      const attempts = scene.pbx.attempts.length;
      await scene.neighbours.unnoticed(
        {
          'all at once': async () => {
            for (let n = 0; n < 12; n += 1)
              await Promise.all(
                trunks.map((trunk) =>
                  scene.change(trunk, { expirySeconds: 100 + n, name: `${trunk.name}, ${n}` }),
                ),
              );
            for (const trunk of trunks) {
              await until(
                () =>
                  scene.pbx.attempts.some(
                    ({ user, expirySeconds }) => user === trunk.extension && expirySeconds === 111,
                  ),
                { what: `the last change of ${trunk.extension}`, timeoutMs: 20_000 },
              );
              await scene.becomes(trunk, /^Registered/);
            }
          },
        },
        { audio: false },
      );
      // 36 changes; a REGISTER is two messages, and a contact that moves is said again
      expect(scene.pbx.attempts.length - attempts).toBeLessThan(36 * 2);
      if (kind === 'freeswitch') expect((await scene.version()) - before).toBeLessThan(36);
      await Promise.all(trunks.map((trunk) => scene.offhook.api('DELETE', `/trunks/${trunk.id}`)));
    });

    if (kind === 'freeswitch') {
      freeswitchRefusals(() => scene);
      freeswitchDrift(() => scene);
    } else asteriskDrift(() => scene);
  });
}
