/**
 * Reads a rendered guide back from its Markdown, so that one template serves people and programs. Strict: a guide that
 * is not laid out as below is a bug of its template and throws. It knows no trunk and no PBX.
 *
 *   # title, introduction
 *   ## Steps            ### 1. title, paragraphs and lists, | label | value | tables
 *   ## Rollback         1. item
 *   ## Troubleshooting  ### problem, Causes: - item, Checks: - item
 *   ## Where the menu names are from   - item
 */
import type { Guide } from '../contract/guide.ts';
import { plainText } from '../markdown.ts';

/** A heading with what stands between it and the next of its level. */
type Section = { heading: string; lines: string[] };

export class GuideError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GuideError';
  }
}

export function parseGuide(markdown: string): Guide {
  const [top, ...more] = sections(markdown.split('\n'), '# ').slice(1);
  if (top === undefined || more.length > 0) throw new GuideError('a guide has one title');
  const [introduction, steps, rollback, troubleshooting, sources, ...rest] = sections(top.lines, '## ');
  if (introduction === undefined || rest.length > 0) throw new GuideError('a guide has four parts');
  return {
    title: plainText(top.heading),
    introduction: proseOf(introduction.lines),
    steps: subsections(expectPart(steps, 'Steps')).map(stepOf),
    rollback: itemsOf(expectPart(rollback, 'Rollback').lines, /^[0-9]+\. /),
    troubleshooting: subsections(expectPart(troubleshooting, 'Troubleshooting')).map(problemOf),
    sources: itemsOf(expectPart(sources, 'Where the menu names are from').lines, /^- /),
  };
}

/** The first one is what stands before the first heading. */
function sections(lines: readonly string[], mark: string): Section[] {
  const all: Section[] = [{ heading: '', lines: [] }];
  for (const line of lines) {
    if (line.startsWith(mark)) all.push({ heading: line.slice(mark.length), lines: [] });
    else all.at(-1)?.lines.push(line);
  }
  return all;
}

function expectPart(section: Section | undefined, heading: string): Section {
  if (section?.heading !== heading) throw new GuideError(`expected the part ${heading}`);
  return section;
}

function subsections(part: Section): Section[] {
  const [before, ...rest] = sections(part.lines, '### ');
  if (before?.lines.some((line) => line !== '') || rest.length === 0)
    throw new GuideError(`${part.heading} consists of headed sections`);
  return rest;
}

function stepOf({ heading, lines }: Section, index: number): Guide['steps'][number] {
  const [, number, title] = /^([0-9]+)\. (.+)$/.exec(heading) ?? [];
  if (title === undefined || Number(number) !== index + 1)
    throw new GuideError(`step ${index + 1}: ${heading}`);
  const isRow = (line: string): boolean => line.startsWith('|');
  const rows = lines.filter(isRow).map(cellsOf);
  // each table begins with a row of titles and one of dashes
  const values = rows.filter(([label], row) => label !== '---' && rows[row + 1]?.[0] !== '---');
  return {
    title: plainText(title),
    text: proseOf(lines.filter((line) => !isRow(line))),
    values: values.map(([label = '', value = '']) => ({ label: plainText(label), value: plainText(value) })),
  };
}

function cellsOf(row: string): string[] {
  const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
  if (cells.length !== 4 || cells[0] !== '' || cells[3] !== '') throw new GuideError(`not two cells: ${row}`);
  return cells.slice(1, 3);
}

function problemOf({ heading, lines }: Section): Guide['troubleshooting'][number] {
  const causesAt = lines.indexOf('Causes:');
  const checksAt = lines.indexOf('Checks:');
  if (causesAt === -1 || checksAt < causesAt) throw new GuideError(`${heading}: causes, then checks`);
  return {
    problem: plainText(heading),
    causes: itemsOf(lines.slice(causesAt + 1, checksAt), /^- /),
    checks: itemsOf(lines.slice(checksAt + 1), /^- /),
  };
}

function itemsOf(lines: readonly string[], mark: RegExp): string[] {
  const filled = lines.filter((line) => line !== '');
  const odd = filled.find((line) => !mark.test(line));
  if (odd !== undefined || filled.length === 0) throw new GuideError(`expected a list: ${odd ?? 'nothing'}`);
  return filled.map((line) => plainText(line.replace(mark, '')));
}

const proseOf = (lines: readonly string[]): string =>
  lines
    .filter((line) => line !== '')
    .map(plainText)
    .join('\n');
