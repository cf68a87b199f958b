import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DirectoryEntry, ExtensionInput } from '../contract/extension.ts';
import { AppError } from '../errors.ts';
import { type CsvRow, mostCsvRows, readDirectoryCsv } from './csv.ts';
import { guardCell, unguardCell } from './csv-cell.ts';
import { writeDirectoryCsv } from './csv-export.ts';
import { planImport } from './csv-plan.ts';

async function* inPieces(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const read = (text: string | Uint8Array, size?: number): Promise<CsvRow[]> =>
  readDirectoryCsv(inPieces(Buffer.from(text as string), size));
async function write(directory: readonly DirectoryEntry[]): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of writeDirectoryCsv(directory)) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString('utf8');
}
/** What is wrong, by line; a row that is right has its line and null. */
const wrong = (rows: CsvRow[]): [number, string | null][] =>
  rows.map((row) => [row.line, row.entry === null ? row.problems.join('; ') : null]);
const header = 'ext,name,owner,department,aliases\n';

test('every field is read, aliases by ; or |', async () => {
  expect(await read(`${header}215,Sarah,Ann,Billing,"accounts; payroll"\n216,Tom,,,a|b`)).toEqual([
    {
      line: 2,
      ext: '215',
      entry: {
        ext: '215',
        name: 'Sarah',
        owner: 'Ann',
        department: 'Billing',
        aliases: ['accounts', 'payroll'],
      },
    },
    {
      line: 3,
      ext: '216',
      entry: { ext: '216', name: 'Tom', owner: '', department: '', aliases: ['a', 'b'] },
    },
  ]);
});

test('columns in any order and case; those that are left out stay out', async () => {
  expect(await read('Name;EXT\nZoë;215\n')).toEqual([
    { line: 2, ext: '215', entry: { ext: '215', name: 'Zoë' } },
  ]);
});

test.each([
  ['byte order mark, CR LF and ;', '\ufeff"ext";"name";aliases\r\n215;"O; Neil";"a;b"\r\n216;Tom;a|b\r\n'],
  ['comma and LF', 'ext,name,aliases\n215,O; Neil,a;b\n216,Tom,a|b'],
  [
    'old line ends, blank lines and an empty table below',
    'ext,name,aliases\r\r215,O; Neil,a;b\r216,Tom,a|b\r,,\r\r',
  ],
  ['line ends of every kind, spaces', ' ext , name,aliases\n215 , "O; Neil",  a;b\r\n216,Tom,"a|b" \r'],
])('%s', async (_name, text) => {
  const rows = await read(text);
  expect(rows.map(({ entry }) => entry)).toEqual([
    { ext: '215', name: 'O; Neil', aliases: ['a', 'b'] },
    { ext: '216', name: 'Tom', aliases: ['a', 'b'] },
  ]);
});

test('what is wrong is told by line, and the other rows are still read', async () => {
  const quote = 'a field with a " in it stands between quotes, with "" for each " inside it';
  const text = [
    'ext;name;aliases',
    '2;Too short', // 2: fields missing
    '2;Too short;', // 3
    '215;;', // 4
    '216;Tom;a;b', // 5
    '217;"two\r\nlines";', // 6 and 7
    '218;Ann;', // 8
    '', // 9
    '218;Again;', // 10
    '219;say "hello" now;', // 11
    `220;${'x'.repeat(81)};`, // 12
    '221;Bob;', // 13
  ].join('\r\n');
  expect(wrong(await read(text))).toEqual([
    [2, '2 fields where the first line has 3'],
    [3, 'ext: 2 to 6 digits'],
    [4, 'name: must not be blank'],
    [
      5,
      '4 fields where the first line has 3: a field with a ; in it stands between quotes, or separate aliases by |',
    ],
    [6, 'name: no control characters, no broken letters'],
    [8, null],
    [10, 'ext: 218 is on line 8 already'],
    [11, quote],
    [12, expect.stringMatching(/^name: /)],
    [13, null],
  ]);
});

test('after a quote that nobody closed, nothing more is guessed', async () => {
  const rest = 'the lines after this one were not read';
  expect(wrong(await read(`${header}215,Ann,,,\n\n216,"Tom,,,\n217,Bob,,,\n`))).toEqual([
    [2, null],
    [4, `a quote is opened and never closed; ${rest}`],
  ]);
  expect(wrong(await read(`${header}216,"Tom"my,,,\n217,Bob,,,\n`))).toEqual([
    [2, expect.stringContaining(rest)],
  ]);
  expect(wrong(await read(`${header}216,${'x'.repeat(70_000)},,,\n217,Bob,,,\n`))).toEqual([
    [2, `the row is too long; ${rest}`],
  ]);
});

test.each([
  '',
  '\n\n',
  '215,Sarah\n',
  'ext,nme\n',
  'ext,ext,name\n',
  'name,owner\nA,B',
  'ext\tname\n',
  '"ext',
])('a file without a line of column names: %j', async (text) => {
  const rows = await read(text);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.entry).toBeNull();
});

test('letters in another code page are told, not stored', async () => {
  expect(wrong(await read(Buffer.from('ext,name\n215,Müller\n216,Tom\n', 'latin1')))).toEqual([
    [2, 'these are not UTF-8 letters: save the file as CSV UTF-8'],
    [3, null],
  ]);
});

test('more rows than anybody needs are refused', async () => {
  const text = `ext,name\n${Array.from({ length: mostCsvRows + 1 }, (_, n) => `${100_000 + n},x\n`).join('')}`;
  await expect(read(text)).rejects.toThrow(AppError);
});

test('a large file leaves the thread free in between, both ways', async () => {
  const text = `ext,name\n${Array.from({ length: 10_000 }, (_, n) => `${10_000 + n},Person ${n}\n`).join('')}`;
  const turnsDuring = async (work: () => Promise<unknown>): Promise<number> => {
    let turns = 0;
    let next: NodeJS.Immediate | null = null;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    count();
    await work();
    clearImmediate(next as unknown as NodeJS.Immediate);
    return turns;
  };
  expect(await turnsDuring(() => read(text))).toBeGreaterThanOrEqual(text.length / 8192);
  const rows = await read(text);
  const directory = rows.map(({ entry }) => ExtensionInput.parse(entry));
  expect(await turnsDuring(() => write(directory))).toBeGreaterThanOrEqual(directory.length / 100);
});

test('a spreadsheet sees no formula, whichever separator it splits at', () => {
  for (const text of ['=1+1', '+27', '-x', '@A1', "'=x", 'a;=x', 'Smith, @home', '\uff1dx']) {
    expect(guardCell(text)).not.toMatch(/(^|[;,]\s*)[=+\-@\uff1d]/u);
    expect(unguardCell(guardCell(text))).toBe(text);
  }
  expect(guardCell('Anne-Marie O’Neil + Sons')).toBe('Anne-Marie O’Neil + Sons');
});

const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength }),
    fc.string({
      unit: fc.constantFrom('=', '+', '-', '@', "'", '"', ',', ';', '|', ' ', 'a', 'é', '\u00a0', '\ufeff'),
      maxLength,
    }),
  );
/** Whatever the API lets into a directory. */
const directories = fc
  .array(
    fc.record({
      ext: fc.integer({ min: 10, max: 999_999 }).map(String),
      name: text(20),
      owner: text(20),
      department: text(20),
      aliases: fc.array(text(10), { maxLength: 4 }),
      enabled: fc.boolean(),
    }),
    { maxLength: 20 },
  )
  .map((entries) => {
    const taken = new Map<string, DirectoryEntry>();
    for (const entry of entries) {
      const { success, data } = ExtensionInput.safeParse(entry);
      if (success) taken.set(data.ext, data);
    }
    return [...taken.values()];
  });

test('property: what is exported is imported as it was, however it arrives', async () => {
  await fc.assert(
    fc.asyncProperty(
      directories,
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom('\r\n', '\n'),
      fc.boolean(),
      async (directory, size, lineEnd, withMark) => {
        const exported = await write(directory);
        expect(exported.startsWith('\ufeffext,name,owner,department,aliases\r\n')).toBe(true);
        const sent = exported.replaceAll('\r\n', lineEnd).slice(withMark ? 0 : 1);
        const rows = await read(sent, size);
        const plan = planImport(rows, new Map(directory.map((entry) => [entry.ext, entry])));
        expect(plan.writes).toEqual([]);
        expect(plan.rows.map(({ line, action }) => [line, action])).toEqual(
          directory.map((_, index) => [index + 2, 'unchanged']),
        );
        const anew = planImport(rows, new Map());
        expect(anew.writes.map((fields, n) => ({ ...fields, enabled: directory[n]?.enabled }))).toEqual(
          directory,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('property: a file with ; and every field quoted says the same', async () => {
  const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(directories, async (directory) => {
      const lines = directory.map(({ ext, name, owner, department, aliases }) =>
        [ext, name, owner, department, aliases.join('|')].map((cell) => quoted(guardCell(cell))).join(';'),
      );
      const rows = await read(['ext;name;owner;department;aliases', ...lines].join('\n'));
      const plan = planImport(rows, new Map(directory.map((entry) => [entry.ext, entry])));
      expect(plan.rows.every(({ action }) => action === 'unchanged')).toBe(true);
    }),
  );
});

test('property: whatever the bytes, every row is right or has words, in the order of the file', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .string({ unit: fc.constantFrom('"', ',', ';', '\n', '\r', '215', 'a', ' '), maxLength: 60 })
      .map((body) => new Uint8Array(Buffer.from(`ext,name\n${body}`))),
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 20 }), async (file, size) => {
      const rows = await read(file, size);
      expect(rows).toEqual(await read(file));
      let line = 0;
      for (const row of rows) {
        expect(row.line).toBeGreaterThan(line);
        line = row.line;
        if (row.entry === null) expect(row.problems.join('')).not.toBe('');
        else expect(ExtensionInput.safeParse(row.entry)).toMatchObject({ success: true });
      }
    }),
    { numRuns: 500 },
  );
});
