/**
 * Long-lived programs that outlive us: started in a session of their own, named by a file with their process id,
 * waited for until they are ready. It does not know what the programs are.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export type DetachedProgram = {
  command: string;
  args: readonly string[];
  cwd: string;
  env?: Readonly<Record<string, string>>;
  /** its standard output and error are appended here */
  logFile: string;
  pidFile: string;
  /** asked every 100 ms until it is true; must not throw */
  isReady: () => Promise<boolean>;
  timeoutMs: number;
};

/** Who a process id belonged to when it was written: a number may be used again after a reboot or a long time. */
export type ProcessMark = { pid: number; startTicks: string };

/** The program ended or did not become ready; `output` is the end of its log. */
export class DetachedError extends Error {
  readonly output: string;
  constructor(message: string, output: string) {
    super(output === '' ? message : `${message}\n${output}`);
    this.name = 'DetachedError';
    this.output = output;
  }
}

export const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Start time in clock ticks after boot, field 22 of /proc/PID/stat (proc_pid_stat(5)); null when there is none. */
const startTicksOf = async (pid: number): Promise<string | null> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // the name in parentheses may itself hold spaces and parentheses: fields count after the last one
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
};

const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(pid, name);
    return true;
  } catch (thrown) {
    // EPERM: it lives, but belongs to somebody else
    return (thrown as NodeJS.ErrnoException).code === 'EPERM' && name === 0;
  }
};

/** Whether the process that the mark was made for still runs. */
export const isAlive = async (mark: ProcessMark): Promise<boolean> => {
  const ticks = await startTicksOf(mark.pid);
  // Without /proc (macOS) only the number can be asked for.
  if (mark.startTicks === '') return signal(mark.pid, 0);
  return ticks === mark.startTicks;
};

/** The running process that `pidFile` names, or null when it is gone or the file is not one of ours. */
export const findDetached = async (pidFile: string): Promise<ProcessMark | null> => {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const match = /^(\d{1,10}) (\d*)\n$/.exec(text);
  if (!match) return null;
  const mark = { pid: Number(match[1]), startTicks: String(match[2]) };
  return mark.pid > 1 && (await isAlive(mark)) ? mark : null;
};

const lastLines = async (file: string): Promise<string> =>
  (await readFile(file, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-15).join('\n');

/** Starts the program and resolves when it is ready. When it is not in time it is ended and this rejects. */
export const startDetached = async (program: DetachedProgram): Promise<ProcessMark> => {
  mkdirSync(dirname(program.logFile), { recursive: true });
  const output = openSync(program.logFile, 'a', 0o600);
  let child: ReturnType<typeof spawn>;
  try {
    child = spawn(program.command, [...program.args], {
      cwd: program.cwd,
      // a session of its own: neither Ctrl-C in our terminal nor the end of our process group reaches it
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...program.env },
    });
  } finally {
    closeSync(output);
  }
  const end: { reason: string | null } = { reason: null };
  child.on('error', (error) => {
    end.reason = error.message;
  });
  child.on('exit', (code, killedBy) => {
    end.reason ??= killedBy ? `ended by ${killedBy}` : `ended with ${code}`;
  });
  child.unref();
  if (child.pid !== undefined) {
    const mark = { pid: child.pid, startTicks: (await startTicksOf(child.pid)) ?? '' };
    await writeFile(`${program.pidFile}.new`, `${mark.pid} ${mark.startTicks}\n`, { mode: 0o600 });
    await rename(`${program.pidFile}.new`, program.pidFile);
    const deadline = Date.now() + program.timeoutMs;
    while (end.reason === null && Date.now() < deadline) {
      if (await program.isReady()) return mark;
      await delay(100);
    }
    if (end.reason === null) {
      end.reason = `was not ready within ${program.timeoutMs / 1000} s`;
      await stopProcess(mark, 2000);
    }
  } else {
    // spawn reports its error in the next turn
    await delay(0);
  }
  await rm(program.pidFile, { force: true });
  throw new DetachedError(
    `${program.command} ${end.reason ?? 'did not start'}`,
    await lastLines(program.logFile),
  );
};

/** Asks the process to end and, when it has not within `timeoutMs`, kills it. */
export const stopProcess = async (mark: ProcessMark, timeoutMs: number): Promise<void> => {
  if (!(await isAlive(mark))) return;
  signal(mark.pid, 'SIGTERM');
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!(await isAlive(mark))) return;
    await delay(50);
  }
  signal(mark.pid, 'SIGKILL');
  while (await isAlive(mark)) await delay(20);
};

/** Ends what `pidFile` names, when it still runs, and removes the file. */
export const stopDetached = async (pidFile: string, timeoutMs: number): Promise<void> => {
  const mark = await findDetached(pidFile);
  if (mark) await stopProcess(mark, timeoutMs);
  await rm(pidFile, { force: true });
};
