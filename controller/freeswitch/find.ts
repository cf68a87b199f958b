/** Where a FreeSWITCH is installed on this machine. It starts nothing. */
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

export type InstalledFreeswitch = {
  program: string;
  /** null: where the program was built to look */
  modules: string | null;
};

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** `$FREESWITCH_HOME`, then PATH, then where the vendor's and the distributions' packages put it. */
export const findFreeswitch = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
): InstalledFreeswitch | null => {
  const home = environment['FREESWITCH_HOME'];
  const folders = [
    ...(home ? [join(home, 'bin'), home] : []),
    ...(environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    '/usr/local/freeswitch/bin',
    '/usr/bin',
    '/usr/sbin',
  ];
  for (const folder of folders) {
    const program = join(folder, 'freeswitch');
    if (isProgram(program)) return { program, modules: modulesOf(program) };
  }
  return null;
};

/** Beside the program's own prefix; a distribution's program knows its folder itself. */
const modulesOf = (program: string): string | null => {
  const prefix = dirname(dirname(realpathSync(program)));
  const candidates = [join(prefix, 'mod'), join(prefix, 'lib', 'freeswitch', 'mod')];
  return candidates.find((folder) => existsSync(join(folder, 'mod_sofia.so'))) ?? null;
};
