/** Builds the validations over the parts of the controller that they use. */
import type { LiveCalls } from './calls/live-calls.ts';
import type { Configuration } from './configuration.ts';
import type { Agent } from './contract/agent.ts';
import { callFault } from './contract/pbx-calls.ts';
import type { TrunkStatus } from './contract/trunk.ts';
import type { Validation } from './contract/validation.ts';
import type { Database } from './db/database.ts';
import type { CallHistory } from './db/history.ts';
import type { ConfigurationSnapshot, ConfiguredTrunk } from './db/load-configuration.ts';
import { ValidationStore } from './db/validation-store.ts';
import type { Logger } from './log.ts';
import type { Pacer } from './media/pacer.ts';
import type { StoresOf } from './open-stores.ts';
import type { Switch } from './switch/port.ts';
import type { ValidatedTrunk } from './validation/parts.ts';
import { Validations } from './validation/validations.ts';

const historyMs = 2000;

export const openValidations = (options: {
  database: Database;
  configuration: Configuration;
  switch: Switch;
  pacer: Pacer;
  statusOf: (trunkId: string) => TrunkStatus;
  liveCalls: () => LiveCalls;
  history: CallHistory;
  stores: StoresOf;
  onChange: (validation: Validation) => void;
  log: Logger;
}): Validations => {
  const { configuration, history, stores } = options;
  return new Validations({
    store: new ValidationStore(options),
    trunk: (trunkId) => {
      const trunk = configuration.current.trunks.get(trunkId);
      return trunk && validatedTrunk(trunk, configuration.current);
    },
    parts: (trunkId) => ({
      switch: options.switch,
      pacer: options.pacer,
      status: () => options.statusOf(trunkId),
      transfer: (callId, ext) => options.liveCalls().transfer(callId, ext),
      hangUpCall: (callId) => options.liveCalls().hangUp(callId),
      record: async (callId) => {
        await history.flush(historyMs);
        const workspaceId = configuration.current.trunks.get(trunkId)?.workspaceId;
        return workspaceId === undefined ? null : stores(workspaceId).calls.find(callId);
      },
    }),
    onChange: options.onChange,
    log: options.log,
  });
};

const validatedTrunk = (trunk: ConfiguredTrunk, snapshot: ConfigurationSnapshot): ValidatedTrunk => {
  const numbers = [...snapshot.numbers.values()].filter(({ trunkId }) => trunkId === trunk.id);
  const isExtension = trunk.connectionType === 'extension';
  return {
    id: trunk.id,
    active: trunk.active,
    extension: isExtension ? trunk.extension : null,
    testCall: testCallOf(trunk, numbers),
    // a PBX that puts the trunk's own name into From names nobody
    ownNames: isExtension
      ? [trunk.extension, trunk.username]
      : ['', trunk.username, ...numbers.map(({ number }) => number)],
    numbers: numbers.map(({ number }) => number),
    enabledExtensions: trunk.directory.filter(({ enabled }) => enabled).length,
    agent: agentOf(trunk, numbers, snapshot),
  };
};

const testCallOf = (
  trunk: ConfiguredTrunk,
  [first]: readonly { number: string }[],
): ValidatedTrunk['testCall'] => {
  if (trunk.connectionType === 'extension') return { number: trunk.extension, callerNumber: '' };
  const fault = callFault(trunk);
  if (fault !== null) return { fault };
  if (first === undefined) return { fault: 'no number belongs to this trunk that could be called' };
  // as it stands in the guide
  const number = `+${first.number}`;
  return { number, callerNumber: number };
};

/** The trunk's own agent, else the one that all of its numbers have. */
const agentOf = (
  trunk: ConfiguredTrunk,
  numbers: readonly { agentId: string | null }[],
  { agents }: ConfigurationSnapshot,
): Agent | null => {
  const bound = new Set(numbers.map(({ agentId }) => agentId));
  const [only] = bound.size === 1 ? [...bound] : [null];
  const agentId = only ?? trunk.agentId;
  return agentId === null ? null : (agents.get(agentId) ?? null);
};
