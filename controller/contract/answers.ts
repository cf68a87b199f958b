/**
 * The shapes of answers, for the OpenAPI document and as the last sieve before anything goes out: what is not named here
 * stays in. Held equal to the types by the compiler: a field that a type gets has to be named here too.
 */

import { z } from 'zod';
import { type Agent, AgentKind, AgentSettings } from './agent.ts';
import { AgentConnectionView } from './agent-connection.ts';
import {
  callStates,
  Fault,
  type PastCall,
  type PastCallWithTimeline,
  type TimelineEntry,
  type TransferResult,
  timelineKinds,
} from './call.ts';
import type { DiagnosedCall, Diagnostics } from './diagnostics.ts';
import { csvColumns, type DirectoryImport } from './directory-import.ts';
import { MediaEncryption, Transport } from './encryption.ts';
import type { Extension } from './extension.ts';
import type { Guide, PbxTypeEntry } from './guide.ts';
import type { PhoneNumberBinding } from './number.ts';
import type { Settings } from './settings.ts';
import type { SipTrace } from './sip-trace.ts';
import {
  Authentication,
  ConnectionType,
  codecs,
  type ExtensionTrunk,
  PbxType,
  type SipTrunk,
  type SipTrunkWithPassword,
  TransferMode,
} from './trunk.ts';
import { type Validation, validationPoints } from './validation.ts';

type KeysOf<T> = T extends unknown ? keyof T : never;
/** Takes only a schema of exactly the type's fields. */
const shapeOf =
  <T>() =>
  <S extends z.ZodType<T>>(
    schema: S & (Exclude<KeysOf<T>, KeysOf<z.output<S>>> extends never ? unknown : never),
  ): S =>
    schema;

const Time = z.iso.datetime();
const Codecs = z.array(z.enum(codecs));

const TrunkStatusAnswer = z
  .object({
    state: z.enum(['connecting', 'registered', 'failed', 'waiting', 'active', 'inactive']),
    text: z.string(),
    check: z.string(),
    since: Time,
    nextAttemptAt: Time.nullable(),
  })
  .meta({ id: 'TrunkStatus' });
const TransferFinding = z.object({ supported: z.boolean(), sipStatus: z.int().nullable(), at: Time });

const trunkFields = {
  id: z.uuid(),
  name: z.string(),
  pbxType: PbxType,
  domain: z.string(),
  port: z.int(),
  transport: Transport,
  tlsVerify: z.boolean(),
  tlsCaPem: z.string().nullable(),
  mediaEncryption: MediaEncryption,
  codecs: Codecs,
  concurrentCallLimit: z.int(),
  transferMode: TransferMode,
  briefTarget: z.boolean(),
  allowAnyExtension: z.boolean(),
  allowOutsideTransfers: z.boolean(),
  transferSupport: z.object({ refer: TransferFinding.nullable(), replaces: TransferFinding.nullable() }),
  agentId: z.uuid().nullable(),
  active: z.boolean(),
  status: TrunkStatusAnswer,
  createdAt: Time,
} as const;
export const ExtensionTrunkAnswer = shapeOf<ExtensionTrunk>()(
  z.object({
    connectionType: z.literal('extension'),
    ...trunkFields,
    extension: z.string(),
    username: z.string(),
    authId: z.string(),
    expirySeconds: z.int(),
  }),
).meta({ id: 'ExtensionTrunk' });
const sipTrunkFields = {
  connectionType: z.literal('sip-trunk'),
  ...trunkFields,
  authentication: Authentication,
  allowedAddresses: z.array(z.string()),
  username: z.string(),
  registrar: z.object({ host: z.string(), port: z.int() }).nullable(),
  registration: z
    .object({ contact: z.string(), userAgent: z.string(), sourceAddress: z.string(), expiresAt: Time })
    .nullable(),
  passwordChangedAt: Time,
  oldPasswordUntil: Time.nullable(),
} as const;
export const SipTrunkAnswer = shapeOf<SipTrunk>()(z.object(sipTrunkFields)).meta({ id: 'SipTrunk' });
export const TrunkAnswer = z
  .discriminatedUnion('connectionType', [ExtensionTrunkAnswer, SipTrunkAnswer])
  .meta({ id: 'Trunk' });
export const SipTrunkWithPasswordAnswer = shapeOf<SipTrunkWithPassword>()(
  z.object({ ...sipTrunkFields, password: z.string().nullable(), notice: z.string() }),
).meta({ id: 'SipTrunkWithPassword' });
export const NewTrunkAnswer = z
  .discriminatedUnion('connectionType', [ExtensionTrunkAnswer, SipTrunkWithPasswordAnswer])
  .meta({ id: 'NewTrunk' });

export const ExtensionAnswer = shapeOf<Extension>()(
  z.object({
    id: z.uuid(),
    trunkId: z.uuid(),
    ext: z.string(),
    name: z.string(),
    owner: z.string(),
    department: z.string(),
    aliases: z.array(z.string()),
    enabled: z.boolean(),
  }),
).meta({ id: 'Extension' });

export const AgentAnswer = shapeOf<Agent>()(
  z.object({
    id: z.uuid(),
    name: z.string(),
    kind: AgentKind,
    firstMessage: z.string(),
    settings: AgentSettings,
    connection: AgentConnectionView.nullable(),
    createdAt: Time,
  }),
).meta({ id: 'Agent' });

export const NumberAnswer = shapeOf<PhoneNumberBinding>()(
  z.object({
    id: z.uuid(),
    /** E.164 digits, without plus sign */
    number: z.string(),
    label: z.string(),
    trunkId: z.uuid(),
    agentId: z.uuid().nullable(),
    createdAt: Time,
  }),
).meta({ id: 'Number' });

export const SettingsAnswer = shapeOf<Settings>()(
  z.object({ defaultCountry: z.string().nullable(), recordingDays: z.int().nullable() }),
).meta({ id: 'Settings' });

const callFields = {
  id: z.string(),
  trunkId: z.string().nullable(),
  trunkName: z.string(),
  agentId: z.string().nullable(),
  agentName: z.string().nullable(),
  callerNumber: z.string(),
  callerName: z.string(),
  calledNumber: z.string(),
  sipCallId: z.string(),
  state: z.enum(callStates),
  offeredAt: Time,
  answeredAt: Time.nullable(),
  endedAt: Time.nullable(),
  outcome: z.string().nullable().meta({
    description:
      'How it ended, in words, such as `Caller hung up`, `Transferred to 215 Sarah`, `Lost with the switch` or, for a conversation from the browser, `Ended by a restart of Offhook`; null while it stands.',
  }),
  fault: Fault.nullable(),
  transferredTo: z.string().nullable(),
  isTest: z.boolean().meta({
    description:
      'A test call: by Validate, or by Talk to this agent from the browser. It counts against no limit, costs nothing and is in no statistics; webhooks are told of it with `testCalls` only.',
  }),
  takenOverBy: z.string().exactOptional(),
} as const;
export const CallAnswer = shapeOf<PastCall>()(z.object(callFields)).meta({ id: 'Call' });
const TimelineEntryAnswer = shapeOf<TimelineEntry>()(
  z.object({
    at: Time,
    kind: z.enum(timelineKinds),
    text: z.string(),
    data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).exactOptional(),
  }),
).meta({ id: 'TimelineEntry' });
const AdviceAnswer = z.object({ cause: z.string(), check: z.string() });
export const CallWithTimelineAnswer = shapeOf<PastCallWithTimeline>()(
  z.object({
    ...callFields,
    timeline: z.array(TimelineEntryAnswer),
    advice: AdviceAnswer.nullable(),
  }),
).meta({ id: 'CallWithTimeline' });
export const TransferAnswer = shapeOf<{ result: TransferResult; callerStillHere: boolean }>()(
  z.object({
    result: z.enum([
      'transferred',
      'busy',
      'no answer',
      'declined',
      'not permitted',
      'no such extension',
      'PBX silent',
      'caller gone',
    ]),
    callerStillHere: z.boolean(),
  }),
).meta({ id: 'Transfer' });

export const SipTraceAnswer = shapeOf<SipTrace>()(
  z.object({
    messages: z.array(
      z.object({
        at: Time,
        from: z.string(),
        to: z.string(),
        direction: z.enum(['from PBX', 'to PBX']),
        transport: z.string(),
        firstLine: z.string(),
        method: z.string().nullable(),
        status: z.int().nullable(),
        cseq: z.string(),
        callId: z.string(),
        retransmission: z.boolean(),
        text: z.string(),
      }),
    ),
    truncated: z.boolean(),
  }),
).meta({ id: 'SipTrace' });

export const PbxTypesAnswer = z.object({
  items: z.array(
    shapeOf<PbxTypeEntry>()(
      z.object({
        pbxType: PbxType,
        label: z.string(),
        connectionType: ConnectionType,
        defaults: z.object({
          port: z.int(),
          transport: Transport,
          expirySeconds: z.int().exactOptional(),
          codecs: Codecs,
        }),
        notes: z.array(z.string()),
      }),
    ).meta({ id: 'PbxType' }),
  ),
});
export const GuideAnswer = shapeOf<Guide>()(
  z.object({
    title: z.string(),
    introduction: z.string(),
    steps: z.array(
      z.object({
        title: z.string(),
        text: z.string(),
        values: z.array(z.object({ label: z.string(), value: z.string() })),
      }),
    ),
    rollback: z.array(z.string()),
    troubleshooting: z.array(
      z.object({ problem: z.string(), causes: z.array(z.string()), checks: z.array(z.string()) }),
    ),
    sources: z.array(z.string()),
  }),
).meta({ id: 'Guide' });

export const DirectoryImportAnswer = shapeOf<DirectoryImport>()(
  z.object({
    dryRun: z.boolean(),
    imported: z.boolean(),
    counts: z.object({ create: z.int(), change: z.int(), unchanged: z.int(), wrong: z.int() }),
    rows: z.array(
      z.object({
        line: z.int(),
        ext: z.string(),
        action: z.enum(['create', 'change', 'unchanged', 'wrong']),
        fields: z.array(z.enum(csvColumns)),
        problems: z.array(z.string()),
      }),
    ),
  }),
).meta({ id: 'DirectoryImport' });

const DiagnosedCallAnswer = shapeOf<DiagnosedCall>()(
  z.object({
    callId: z.string(),
    at: Time,
    callerNumber: z.string(),
    calledNumber: z.string(),
    outcome: z.string(),
    fault: Fault.nullable(),
    isTest: z.boolean(),
    advice: AdviceAnswer.nullable(),
  }),
);
export const DiagnosticsAnswer = shapeOf<Diagnostics>()(
  z.object({
    trunkId: z.uuid(),
    numberId: z.uuid().nullable(),
    health: z.object({
      assignment: z.object({ ok: z.boolean(), text: z.string(), check: z.string() }),
      registration: TrunkStatusAnswer,
      credentialsValid: z.object({ value: z.enum(['yes', 'no', 'unknown']), why: z.string() }),
      lastCall: DiagnosedCallAnswer.nullable(),
      transfers: trunkFields.transferSupport,
    }),
    calls: z.array(DiagnosedCallAnswer),
    errors: z.array(
      AdviceAnswer.extend({
        at: Time,
        source: z.enum(['call', 'agent', 'registration', 'switch']),
        text: z.string(),
        callId: z.string().nullable(),
      }),
    ),
  }),
).meta({ id: 'Diagnostics' });

export const ValidationAnswer = shapeOf<Validation>()(
  z.object({
    trunkId: z.uuid(),
    mode: z.enum(['dial', 'call-in']),
    startedAt: Time,
    endedAt: Time.nullable(),
    passed: z.boolean(),
    instruction: z.string(),
    callId: z.string().nullable(),
    points: z.array(
      z.object({
        name: z.enum(validationPoints),
        result: z.enum(['waiting', 'running', 'passed', 'failed', 'skipped']),
        text: z.string(),
        check: z.string(),
      }),
    ),
  }),
).meta({ id: 'Validation' });
