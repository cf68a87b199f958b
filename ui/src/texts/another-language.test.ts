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
import {
  type CallFacts,
  classify,
  newFacts,
  type RefusalReason,
  refusals,
} from '../../../controller/calls/outcome.ts';
import type { PastCall, TransferResult } from '../../../controller/contract/call.ts';
import { LiveClient } from '../../../controller/contract/client/live-client.ts';
import { english } from '../../../controller/contract/texts/english.ts';
import { fill } from '../../../controller/contract/texts/sentence.ts';
import { inPseudo, pseudo } from '../../../controller/contract/texts/test-language.ts';
import { translator } from '../../../controller/contract/texts/translate.ts';
import type { Trunk, TrunkStatus } from '../../../controller/contract/trunk.ts';
import { type Validation, validationPoints } from '../../../controller/contract/validation.ts';
import type { PbxRejection } from '../../../controller/switch/pbx-rejection.ts';
import type { LegEnd, RegistrationFailure } from '../../../controller/switch/port.ts';
import { noSigns, sipTrunkStatus } from '../../../controller/trunks/sip-trunk-status.ts';
import { connecting, nextStatus } from '../../../controller/trunks/status.ts';
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

const failures: RegistrationFailure[] = [
  ...(
    [
      'authentication',
      'forbidden',
      'unknown-extension',
      'no-answer',
      'refused',
      'name-not-found',
      'configuration',
      'other',
    ] as const
  ).map((kind) => ({ kind, sipStatus: 500, detail: '…' })),
  ...(
    [
      { problem: 'expired', on: '2026-05-03T00:00:00Z' },
      { problem: 'not-yet-valid', from: '2026-12-24T00:00:00Z' },
      { problem: 'wrong-name', names: ['192.0.2.9'] },
      { problem: 'wrong-name', names: [] },
      { problem: 'unknown-authority', selfSigned: true, issuer: '' },
      { problem: 'unknown-authority', selfSigned: false, issuer: '' },
      { problem: 'unknown-authority', selfSigned: false, issuer: '4711' },
      { problem: 'no-tls' },
      { problem: 'handshake', detail: '…' },
    ] as const
  ).map((tls) => ({ kind: 'tls', sipStatus: null, detail: '', tls }) as RegistrationFailure),
];

test('a trunk whose registration fails, in each way', async () => {
  const { TrunkStatusPanel } = await import('../screens/trunks/trunk-status.tsx');
  const panelOf = (status: TrunkStatus) =>
    shown(TrunkStatusPanel, { trunk: { id: '1', status, connectionType: 'extension' } });
  for (const failure of failures) {
    const subject = { extension: '1000', domain: '192.0.2.1', port: 5061, transport: 'tls' } as const;
    const status = nextStatus(connecting(at), { phase: 'failed', failure }, subject, at);
    // the protocol's name is a value
    expect(englishIn((await panelOf(status)).replaceAll(' TLS', '')), status.text).toEqual([]);
  }
  expect(
    await panelOf({ ...connecting(at), state: 'failed', text: 'Failed — Authentication required' }),
  ).toContain(inMade('Failed — Authentication required'));
  expect(englishIn(await panelOf(connecting(at)))).toEqual([]);
});

test('a SIP trunk whose PBX is turned away', async () => {
  const { TrunkStatusPanel } = await import('../screens/trunks/trunk-status.tsx');
  for (const reason of Object.keys(pseudo.pbxRejected) as PbxRejection[]) {
    const rejection = { reason, sourceAddress: '203.0.113.7', at };
    const signs = { ...noSigns, rejection };
    for (const each of [signs, { ...noSigns, ended: { reason: 'expired', at } as const }, noSigns]) {
      const status = sipTrunkStatus({ isActive: true, isOverTls: true, signs: each, before: null, now: at });
      const text = await shown(TrunkStatusPanel, { trunk: { id: '1', status, connectionType: 'sip-trunk' } });
      expect(englishIn(text), status.check).toEqual([]);
    }
  }
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
const target = { ext: '215', name: '', callerStillHere: false };

test('the history, with outcomes of every kind', async () => {
  const { CallTable } = await import('../screens/history/call-table.tsx');
  const happened: Partial<CallFacts>[] = [
    ...(Object.keys(refusals) as RefusalReason[]).flatMap((refusal) => [
      { refusal },
      { cannotResume: refusal },
    ]),
    { cutByRestart: true },
    ...(Object.keys(pseudo.botFailure) as (keyof typeof pseudo.botFailure)[]).flatMap((agentFailure) => [
      { agent: 'died' as const, agentFailure },
      {
        agent: 'never started' as const,
        agentFailure,
        transfer: { ...target, result: 'transferred' as const },
      },
    ]),
    ...(Object.keys(pseudo.transferResult) as TransferResult[]).map((result) => ({
      transfer: { ...target, result },
    })),
    ...(['agent', 'operator', 'time limit', 'silence'] as const).map((hungUpBy) => ({ hungUpBy })),
    {},
  ];
  const ends: (LegEnd | null)[] = [
    null,
    ...(['caller', 'us', 'switch'] as const).flatMap((by) =>
      [16, 38].map((cause) => ({ cause, causeText: '38', by })),
    ),
  ];
  const calls = happened.flatMap((facts) =>
    ends.flatMap((end) =>
      [true, false].map((answered, index): PastCall => {
        const ended = classify({ ...newFacts(), agent: 'running', answered, ...facts }, end);
        return { ...record, id: `${index}`, outcome: ended.words, fault: ended.fault };
      }),
    ),
  );
  const different = [...new Map(calls.map((call) => [call.outcome, call])).values()];
  expect(different.length).toBeGreaterThan(45);
  const text = await shown(CallTable, { calls: different });
  expect(text).toContain(inMade('Transfer to {215} failed: busy'));
  expect(englishIn(text)).toEqual([]);
});

test('what Validate found, whatever it is', async () => {
  const { TrunkValidate } = await import('../screens/trunks/trunk-validate.tsx');
  const { validationQuery } = await import('../api/queries.ts');
  const values = {
    numbers: '27215550100',
    number: '27215550100',
    place: '27215550100',
    extension: '1000',
    count: '7',
    agent: '4711',
    status: 'Failed — No answer from the PBX',
    seconds: '25',
    said: 'The call was not answered',
    outcome: 'Transfer to 215 failed: busy',
    ext: '215',
    sipStatus: '486',
    result: 'busy',
  };
  const everything = { ...english.validationFound, ...english.validationCheck };
  const validation: Validation = {
    trunkId: '1',
    mode: 'dial',
    startedAt: at.toISOString(),
    endedAt: null,
    passed: false,
    instruction: fill(english.validationInstruction.call, values),
    callId: null,
    points: Object.values(everything).map((sentence, index) => ({
      name: validationPoints[index % validationPoints.length] ?? 'route',
      result: 'failed',
      // what could not be carried out quotes the error
      text: fill(sentence, sentence === everything.broken ? { said: '…' } : values),
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
