/**
 * How long processes were ready to run and got no CPU: what a machine that is short of time takes from them, whatever
 * they do. Read from /proc/<pid>/task/<tid>/schedstat, whose second figure it is, in nanoseconds (proc(5), the kernel's
 * sched-stats); nothing where there is no such file.
 */
import { readdir, readFile } from 'node:fs/promises';

/** Begins to look; the answer is the longest wait of a thread of each process since, one process's added to another's. */
export const cpuWaitMs = async (pids: readonly number[]): Promise<() => Promise<number>> => {
  const before = await Promise.all(pids.map(waits));
  return async () => {
    const after = await Promise.all(pids.map(waits));
    return after
      .map((threads, at) =>
        Math.max(0, ...[...threads].map(([thread, ms]) => ms - (before[at]?.get(thread) ?? 0))),
      )
      .reduce((sum, ms) => sum + ms, 0);
  };
};

const waits = async (pid: number): Promise<Map<string, number>> => {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const found = await Promise.all(
    threads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '');
      return [thread, Number(text.split(' ')[1] ?? 0) / 1e6] as const;
    }),
  );
  return new Map(found);
};
