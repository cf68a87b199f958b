import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFreeswitch } from './find.ts';
import { chooseInstance, readInstance, renderVars, writeInstance } from './instance.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oh-instance-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const choose = () => chooseInstance({ bindAddress: '127.0.0.1', externalAddress: '127.0.0.1', calls: 20 });

describe('an instance', () => {
  it('has ports that do not overlap and lie below the kernel’s own', async () => {
    const { sipPort, eslPort, mediaPort, switchMediaPorts, rtpPorts } = await choose();
    expect(new Set([sipPort, eslPort, mediaPort]).size).toBe(3);
    expect(switchMediaPorts.from).toBeGreaterThan(Math.max(sipPort, eslPort, mediaPort));
    expect(switchMediaPorts.to - switchMediaPorts.from + 1).toBe(20);
    expect(rtpPorts.from).toBeGreaterThan(switchMediaPorts.to);
    expect(rtpPorts.from % 2).toBe(0);
    expect(rtpPorts.to - rtpPorts.from).toBeGreaterThanOrEqual(40);
    expect(rtpPorts.to).toBeLessThan(32_768);
  });

  it('has no port in the block of another one, whose RTP ports look free while it has no call', async () => {
    const first = await choose();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(first.eslPort, '127.0.0.1', resolve));
    try {
      for (let tries = 0; tries < 12; tries += 1) {
        const other = await choose();
        const [low, high] = first.sipPort < other.sipPort ? [first, other] : [other, first];
        expect(low.tlsPorts?.to ?? Number.NaN).toBeLessThan(high.sipPort);
      }
    } finally {
      server.close();
    }
    await expect(
      chooseInstance({ bindAddress: '127.0.0.1', externalAddress: '127.0.0.1', calls: 400 }),
    ).rejects.toThrow('400 calls need');
  });

  it('is read back as it was written, and its secrets are private', async () => {
    const instance = await choose();
    await writeInstance(dir, instance, 'pass-word_1');
    expect(await readInstance(dir)).toEqual({ instance, password: 'pass-word_1' });
    for (const file of ['instance.json', 'esl-password', 'conf/vars.xml'])
      expect((await stat(join(dir, file))).mode & 0o077).toBe(0);
    const vars = await readFile(join(dir, 'conf', 'vars.xml'), 'utf8');
    expect(XMLValidator.validate(vars)).toBe(true);
    // everything that the configuration asks for, the launcher gives
    const asked = new Set<string>();
    for (const file of [
      'freeswitch.xml',
      'autoload_configs/sofia.conf.xml',
      'sip/extension.xml',
      'autoload_configs/switch.conf.xml',
      'autoload_configs/event_socket.conf.xml',
      'autoload_configs/console.conf.xml',
    ])
      for (const [, name = ''] of (await readFile(join(dir, 'conf', file), 'utf8')).matchAll(
        /\$\$\{(\w+)\}/g,
      ))
        asked.add(name);
    // FreeSWITCH's own, where it was told its configuration is
    asked.delete('conf_dir');
    expect(asked.size).toBeGreaterThan(8);
    for (const name of asked) expect(vars).toContain(`data="${name}=`);
  });

  it('that cannot be read is none', async () => {
    expect(await readInstance(dir)).toBeNull();
    await writeFile(join(dir, 'instance.json'), '{"id":"x"}');
    expect(await readInstance(dir)).toBeNull();
  });

  it('refuses a folder that FreeSWITCH’s preprocessor would misread', async () => {
    const instance = await choose();
    for (const folder of ['/a"b', '/a$${x}', '/a\nb', '/a<b'])
      expect(() => renderVars(instance, 'x', folder)).toThrow(/cannot carry/);
  });
});

describe('an installed FreeSWITCH', () => {
  it('is the one in FREESWITCH_HOME before the one on PATH', async () => {
    const program = join(dir, 'freeswitch');
    await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
    expect(findFreeswitch({ FREESWITCH_HOME: dir, PATH: '/nowhere' })?.program).toBe(program);
    expect(findFreeswitch({ PATH: `/nowhere:${dir}` })?.program).toBe(program);
    await writeFile(program, 'no program', { mode: 0o644 });
    await rm(program);
    await writeFile(program, 'no program', { mode: 0o644 });
    expect(findFreeswitch({ FREESWITCH_HOME: dir, PATH: '' })?.program).not.toBe(program);
  });
});
