import { expect, it } from 'vitest';
import { HepListener } from './hep-listener.ts';

it('hears loopback, and besides it only whom it was told of', () => {
  const alone = new HepListener({ port: 9060 });
  const told = new HepListener({ port: 9060, senders: ['192.0.2.7', '2001:db8::7'] });
  for (const address of ['127.0.0.1', '127.9.9.9', '::1']) expect(alone.hears(address)).toBe(true);
  for (const address of ['192.0.2.7', '2001:db8::7']) {
    expect(alone.hears(address)).toBe(false);
    expect(told.hears(address)).toBe(true);
  }
  for (const address of ['192.0.2.8', '2001:db8::8', '128.0.0.1', 'localhost', ''])
    expect(told.hears(address)).toBe(false);
});
