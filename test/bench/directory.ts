/**
 * `npm run bench -- directory [--profile <file>] [--json]`: how long a directory file of 10,000 rows takes through the REST API of a running
 * Offhook with its real database: said what it would do, imported, imported again, changed in every second row, and
 * given back. Each on five trunks, one after the other; times are from the request to the end of its answer.
 */
import { loadavg } from 'node:os';
import type { DirectoryImport } from '../../controller/contract/directory-import.ts';
import type { DirectoryEntry } from '../../controller/contract/extension.ts';
import type { Trunk } from '../../controller/contract/trunk.ts';
import { writeDirectoryCsv } from '../../controller/directory/csv-export.ts';
import { readLabelledDirectory } from '../../controller/directory/evaluation/evaluate.ts';
import { Offhook } from '../kit/offhook.ts';
import { percentile, round } from './pulses.ts';
import { largeDirectory } from './resolver.ts';
import { type BenchOptions, nodeArgumentsOf, profiled } from './stage.ts';

const trunks = 5;
type Counts = DirectoryImport['counts'];

export const benchDirectory = async (
  options: Pick<BenchOptions, 'kind' | 'tell' | 'profile'>,
): Promise<object> => {
  const { kind, tell } = options;
  const entries = largeDirectory(await readLabelledDirectory('main'));
  const rows = entries.length;
  const file = await textOf(entries);
  const changed = await textOf(
    entries.map((entry, at) => (at % 2 === 0 ? { ...entry, department: `${entry.department} 2` } : entry)),
  );
  const environment = { LOG_LEVEL: 'warn' };
  const offhook = await Offhook.started({ switch: kind, environment, ...nodeArgumentsOf(options) });
  try {
    const seconds = new Map<string, number[]>();
    const timed = async <Value>(what: string, work: () => Promise<Value>): Promise<Value> => {
      const startedMs = performance.now();
      const value = await work();
      const taken = (performance.now() - startedMs) / 1000;
      seconds.set(what, [...(seconds.get(what) ?? []), taken]);
      return value;
    };
    const send = async (trunkId: string, path: string, body?: string): Promise<string> => {
      const response = await fetch(`${offhook.url}/api/v1/trunks/${trunkId}/extensions/${path}`, {
        headers: { Authorization: `Bearer ${offhook.token}`, 'Content-Type': 'text/csv' },
        ...(body === undefined ? {} : { method: 'POST', body }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 300)}`);
      return text;
    };
    const imported = async (
      what: string,
      trunkId: string,
      text: string,
      wanted: Partial<Counts>,
    ): Promise<void> => {
      const path = `import?dryRun=${String(what === 'dryRun')}`;
      const answer = await timed(what, () => send(trunkId, path, text));
      const { counts } = JSON.parse(answer) as DirectoryImport;
      for (const [action, count] of Object.entries(wanted))
        if (counts[action as keyof Counts] !== count)
          throw new Error(`${what}: ${JSON.stringify(counts)} instead of ${JSON.stringify(wanted)}`);
    };
    await profiled({ offhook }, options, async () => {
      for (let nth = 0; nth < trunks; nth += 1) {
        const { id } = await offhook.api<Trunk>('POST', '/trunks', {
          name: `Bench ${nth}`,
          connectionType: 'sip-trunk',
          domain: 'pbx.example.com',
        });
        await imported('dryRun', id, file, { create: rows });
        await imported('import', id, file, { create: rows });
        await imported('sameAgain', id, file, { unchanged: rows });
        await imported('halfChanged', id, changed, { change: rows / 2, unchanged: rows / 2 });
        const given = await timed('export', () => send(id, 'export'));
        if (given.trimEnd().split('\n').length !== rows + 1) throw new Error('the export is not the import');
      }
    });
    const figures = Object.fromEntries(
      [...seconds].flatMap(([what, taken]) => [
        [`${what}Seconds`, round(percentile(taken, 0.5), 2)],
        [`${what}SlowestSeconds`, round(Math.max(...taken), 2)],
      ]),
    );
    for (const [what, taken] of seconds)
      tell(`${what}: ${taken.map((one) => one.toFixed(2)).join(', ')} s for ${rows} rows`);
    const loadAverage = loadavg().map((value) => round(value));
    return { rows, bytes: Buffer.byteLength(file), trunks, ...figures, loadAverage };
  } finally {
    await offhook.remove();
  }
};

const textOf = async (entries: readonly DirectoryEntry[]): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of writeDirectoryCsv(entries)) pieces.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(pieces).toString('utf8');
};
