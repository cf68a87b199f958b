import { defineConfig } from 'vitest/config';

/** `unit` sits beside the source and starts nothing big; `system` runs real switches, phones, databases. */
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
          name: 'system',
          include: ['test/**/*.test.ts'],
          // bots over real sockets, without a switch: beside each other
          exclude: ['test/bots/**'],
          testTimeout: 90_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          // real switches and phones on a shared machine: a second chance, which the report shows, for a moment without CPU
          retry: 1,
          pool: 'forks',
        },
      },
    ],
  },
});
