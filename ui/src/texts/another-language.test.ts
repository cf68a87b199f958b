/**
 * The screens in a language that the test makes up, in full-width letters: whatever is left in Latin ones has come from no
 * catalogue. Names, numbers and addresses in the answers are written without Latin letters, so that nothing hides behind them.
 */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement, type FunctionComponent, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { MemoryRouter } from 'react-router';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type PastCall, type TimelineEntry, timelineKinds } from '../../../controller/contract/call.ts';
import { LiveClient } from '../../../controller/contract/client/live-client.ts';
import { ExtensionInput } from '../../../controller/contract/extension.ts';
import { english } from '../../../controller/contract/texts/english.ts';
import { everyWayToSay, inPseudo, pseudo } from '../../../controller/contract/texts/test-language.ts';
import { translator } from '../../../controller/contract/texts/translate.ts';
import type { Trunk, TrunkStatus } from '../../../controller/contract/trunk.ts';
import { type Validation, validationPoints } from '../../../controller/contract/validation.ts';
import type { Session } from '../session/use-session.ts';
import { en } from './en.ts';
import { languages, type Texts } from './languages.ts';

/** Texts with values keep these as they are. */
const made = (text: unknown): unknown => {
  if (typeof text === 'string') return inPseudo(text);
  if (typeof text === 'function')
    return (...values: unknown[]) =>
      inPseudo(
        String(text(...values.map((value) => (typeof value === 'string' ? `{${value}}` : value)))),
      ).replace(/[{}]/g, '');
  return Object.fromEntries(Object.entries(text as object).map(([name, inner]) => [name, made(inner)]));
};

/** What can be read of a page, without its tags and without what the browser itself says of times. */
const readable = (markup: string): string =>
  markup
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/<time[\s\S]*?<\/time>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replaceAll('&quot;', '"')
    .replace(/\b(?:\d+ \w+ ago|now|\w{3} \d+, \d{4}, [\d:]+\s[AP]M|[\d:]+\s[AP]M)(?!\w)/g, '');

const queries = new QueryClient();
const session: Session = {
  user: { id: '1', email: '', name: '', installation: false },
  workspaces: [],
  workspaceId: null,
  role: 'admin',
  proof: '',
  expiresAt: '',
  logOut: () => undefined,
};
/** Nobody is connected to. */
const live = new LiveClient({ url: 'http://127.0.0.1:9' });

const shown = async <Props extends object>(
  screen: FunctionComponent<Props>,
  props: Props,
): Promise<string> => {
  const { LiveContext } = await import('../live/use-live.ts');
  const { SessionContext } = await import('../session/use-session.ts');
  const layers = [
    (inner: ReactNode) => createElement(MantineProvider, null, inner),
    (inner: ReactNode) => createElement(MemoryRouter, null, inner),
    (inner: ReactNode) => createElement(LiveContext, { value: live }, inner),
    (inner: ReactNode) => createElement(SessionContext, { value: session }, inner),
    (inner: ReactNode) => createElement(QueryClientProvider, { client: queries }, inner),
  ];
  const whole = layers.reduce<ReactNode>((inner, layer) => layer(inner), createElement(screen, props));
  return readable(renderToStaticMarkup(whole));
};

/** With the values in braces. */
const inMade = (text: string): string => inPseudo(text).replace(/[{}]/g, '');
/** What is left in English. */
const englishIn = (text: string): string[] => text.match(/[A-Za-z].{0,60}/g) ?? [];
const at = new Date();

beforeAll(() => {
  languages['qq'] = { texts: made(en) as Texts, said: translator(pseudo) };
  vi.stubGlobal('navigator', { languages: ['qq-XX', 'en'] });
});
afterAll(() => {
  vi.unstubAllGlobals();
  delete languages['qq'];
});

test('a trunk, whatever its status says and advises', async () => {
  const { TrunkStatusPanel } = await import('../screens/trunks/trunk-status.tsx');
  const panelOf = (state: TrunkStatus['state'], text: string, check: string) =>
    shown(TrunkStatusPanel, {
      trunk: {
        id: '1',
        status: { state, text, check, since: at.toISOString(), nextAttemptAt: null },
        connectionType: 'extension',
      },
    });
  for (const text of Object.values(english.trunkStatus).flatMap(everyWayToSay))
    expect(englishIn(await panelOf('failed', text, ''))).toEqual([]);
  const rejections = Object.keys(english.pbxRejected) as (keyof typeof english.pbxRejected)[];
  const advice = [
    ...Object.values({ ...english.failureAdvice, ...english.sipTrunkAdvice }).flatMap(everyWayToSay),
    ...rejections.flatMap((reason) =>
      everyWayToSay(`${english.pbxRejected[reason]} ${english.rejectionAdvice[reason]}`),
    ),
    `${english.sipTrunkAdvice.nothingYet} ${english.sipTrunkAdvice.untrusted}`,
  ];
  for (const check of advice)
    expect(englishIn(await panelOf('waiting', 'Waiting for PBX', check))).toEqual([]);
  const failed = await panelOf(
    'failed',
    'Failed — TLS: the certificate of 192.0.2.1 expired on 3 May 2026',
    '',
  );
  expect(failed).toContain(inMade('Failed — TLS: the certificate of {192.0.2.1} expired on 3 May 2026'));
});

const record: PastCall = {
  id: '1',
  trunkId: '1',
  trunkName: '1',
  agentId: '1',
  agentName: '1',
  callerNumber: '27215550100',
  callerName: '',
  calledNumber: '1000',
  sipCallId: '1',
  state: 'ended',
  offeredAt: at.toISOString(),
  answeredAt: at.toISOString(),
  endedAt: at.toISOString(),
  outcome: null,
  fault: 'none',
  transferredTo: null,
  isTest: false,
};
test('the history, with outcomes of every kind', async () => {
  const { CallTable } = await import('../screens/history/call-table.tsx');
  const outcomes = Object.values(english.outcome).flatMap(everyWayToSay);
  expect(outcomes).toContain('Transfer to 215 failed: busy');
  const calls = outcomes.map((outcome, index): PastCall => ({ ...record, id: `${index}`, outcome }));
  const text = await shown(CallTable, { calls });
  expect(text).toContain(inMade('Transfer to {215} failed: busy'));
  expect(englishIn(text)).toEqual([]);
});

test('a timeline, with lines of every kind', async () => {
  const { Timeline } = await import('../calls/timeline.tsx');
  const lineOf = (kind: TimelineEntry['kind'], text: string): TimelineEntry => ({
    at: at.toISOString(),
    kind,
    text,
  });
  const lines = Object.values(english.timelineLine).flatMap(everyWayToSay);
  const results = Object.values(english.toolResult).map((result) => `transfer_to_pbx: ${result}`);
  const entries = [
    ...lines.map((line) => lineOf('adopted', line)),
    ...results.map((line) => lineOf('tool', line)),
    ...timelineKinds.map((kind) => lineOf(kind, kind === 'tool' ? 'hang_up: hung up' : 'Caller hung up')),
  ];
  // what was said stays as it was said
  const heard = lineOf('caller said', 'Caller hung up');
  const text = await shown(Timeline, { entries: entries.filter(({ kind }) => !kind.endsWith('said')) });
  expect(text).toContain(inMade('The agent did not start: it answered with HTTP {215}'));
  expect(englishIn(text)).toEqual([]);
  expect(englishIn(await shown(Timeline, { entries: [heard] }))).toEqual(['Caller hung up   ']);
});

test('what is wrong with a form’s fields', async () => {
  const { schemaErrors } = await import('../forms/field-errors.ts');
  const errors = schemaErrors(ExtensionInput, { ext: '1', name: '', aliases: ['1;2'], enabled: 7 });
  expect(Object.keys(errors).toSorted()).toEqual(['aliases', 'enabled', 'ext', 'name']);
  expect(errors['ext']).toBe(inMade('2 to 6 digits.'));
  expect(englishIn(`${errors['ext']} ${errors['name']} ${errors['aliases']}`)).toEqual([]);
});

test('what Validate found, whatever it is', async () => {
  const { TrunkValidate } = await import('../screens/trunks/trunk-validate.tsx');
  const { validationQuery } = await import('../api/queries.ts');
  const validation: Validation = {
    trunkId: '1',
    mode: 'dial',
    startedAt: at.toISOString(),
    endedAt: null,
    passed: false,
    instruction: '',
    callId: null,
    points: Object.values({
      ...english.validationFound,
      ...english.validationCheck,
      ...english.validationInstruction,
    })
      .flatMap(everyWayToSay)
      .map((text, index) => ({
        name: validationPoints[index % validationPoints.length] ?? 'route',
        result: 'failed',
        text,
        check: english.validationCheck.mendFirst,
      })),
  };
  queries.setQueryData(validationQuery('1').queryKey, validation);
  const trunk = { id: '1', connectionType: 'extension', extension: '1000' } as Trunk;
  const text = await shown(TrunkValidate, { trunk });
  expect(text).toContain(inMade('Failed — No answer from the PBX.'));
  expect(text).toContain(inMade('Recorded as "Transfer to {215} failed: busy"'));
  expect(englishIn(text)).toEqual([]);
});
