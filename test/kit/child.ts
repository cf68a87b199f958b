/** Programs that must not outlive the test that started them, however it ends. Knows not what they are. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const setpriv = '/usr/bin/setpriv';

/**
 * Starts a program that the kernel kills when we die, also by SIGKILL (prctl(2), PR_SET_PDEATHSIG, by util-linux's
 * setpriv); where there is no setpriv it is killed when we exit in order.
 */
export const spawnChild = (command: string, args: readonly string[], options: SpawnOptions): ChildProcess => {
  const child = existsSync(setpriv)
    ? spawn(setpriv, ['--pdeathsig', 'KILL', command, ...args], options)
    : spawn(command, args, options);
  const killChild = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', killChild);
  child.once('exit', () => process.removeListener('exit', killChild));
  return child;
};
