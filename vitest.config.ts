import { defineConfig } from 'vitest/config';

/** Whole stories, some with a browser or an operator's commands: they measure no time, so they may run beside others. */
const stories = [
  'test/ui/**/*.test.ts',
  'test/operations.test.ts',
  'test/demo.test.ts',
  'test/sip-trace.test.ts',
  'test/sip-trunks.test.ts',
  'test/tls.test.ts',
  'test/agent-failure.test.ts',
  'test/asterisk-launch.test.ts',
];

/**
 * `unit` sits beside the source and starts nothing big; `system` runs real switches, phones, databases, and listens to
 * audio: two files at a time leave it CPU enough; `stories` are those of them that do not mind company: they run beside it.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'controller/**/*.test.ts',
            'tools/**/*.test.ts',
            'test/bots/*.test.ts',
            'ui/**/*.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'stories',
          include: stories,
          testTimeout: 90_000,
          hookTimeout: 180_000,
          retry: 1,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          // bots over real sockets, without a switch: beside each other
          exclude: ['test/bots/**', ...stories],
          testTimeout: 90_000,
          hookTimeout: 180_000,
          // real switches and phones on a shared machine: a second chance, which the report shows, for a moment without CPU
          retry: 1,
          pool: 'forks',
        },
      },
    ],
  },
});
