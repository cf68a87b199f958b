import { describe, expect, it } from 'vitest';
import { repositoryPath } from '../paths.ts';
import { RenderError } from '../render.ts';
import { type AsteriskConfiguration, renderConfiguration } from './configuration.ts';

const configuration: AsteriskConfiguration = {
  folder: '/var/lib/offhook/asterisk',
  runFolder: '/var/lib/offhook/asterisk/run',
  moduleFolder: '/cache/tree/usr/lib/x86_64-linux-gnu/asterisk/modules',
  dataFolder: '/cache/tree/usr/share/asterisk',
  programFolder: '/cache/tree/usr/sbin',
  appName: 'offhook',
  ari: { address: '127.0.0.1', port: 18_088, user: 'offhook', password: 'ari-secret' },
  ami: { address: '127.0.0.1', port: 15_038, user: 'offhook', password: 'ami-secret' },
  sip: { address: '127.0.0.1', port: 15_060, externalAddress: '', localNetworks: [] },
  rtp: { first: 20_000, last: 23_999 },
  hep: { address: '127.0.0.1', port: 19_060 },
};

describe('the configuration of an instance', () => {
  it('is as it has always been', async () => {
    for (const [name, text] of renderConfiguration(configuration))
      if (text !== '')
        await expect(text).toMatchFileSnapshot(
          repositoryPath('dialplan-templates', 'asterisk', 'golden', name.replace('.conf', '.golden.conf')),
        );
  });

  it('behind an address translation names the outer address', () => {
    const sip = {
      ...configuration.sip,
      address: '::',
      externalAddress: '203.0.113.7',
      localNetworks: ['10.0.0.0/8'],
    };
    const text = renderConfiguration({ ...configuration, sip }).get('pjsip.conf') ?? '';
    expect(text.match(/^bind = \[::\]:15060$/gm)).toHaveLength(2);
    expect(text.match(/^external_media_address = 203\.0\.113\.7$/gm)).toHaveLength(2);
    expect(text.match(/^local_net = 10\.0\.0\.0\/8$/gm)).toHaveLength(2);
  });

  it('refuses a folder that an Asterisk file cannot name', () => {
    for (const folder of ['/a\nb', '/a]b', '/a ', '/a\\'])
      expect(() => renderConfiguration({ ...configuration, folder })).toThrow(RenderError);
    expect(renderConfiguration({ ...configuration, folder: '/a b;c' }).get('asterisk.conf')).toContain(
      'astetcdir = /a b\\;c/etc',
    );
  });
});
