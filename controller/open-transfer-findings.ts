/** Keeps what PBXes turned out to do with transfers in the configuration, where calls read it and people see it. */
import type { Configuration } from './configuration.ts';
import { messageOf } from './errors.ts';
import type { Logger } from './log.ts';
import type { StoresOf } from './open-stores.ts';
import { TransferFindings } from './transfers/transfer-findings.ts';

export const openTransferFindings = (options: {
  stores: StoresOf;
  configuration: Configuration;
  log: Logger;
}): TransferFindings =>
  new TransferFindings({
    save: (trunkId, support) => {
      const workspaceId = options.configuration.current.trunks.get(trunkId)?.workspaceId;
      if (workspaceId === undefined) return;
      options
        .stores(workspaceId)
        .trunks.noteTransferSupport(trunkId, support)
        .then(() => options.configuration.refreshTrunk(trunkId))
        .then(() => options.log.info({ trunkId, ...support }, 'what the PBX does with transfers'))
        .catch((error: unknown) =>
          options.log.warn({ trunkId, reason: messageOf(error) }, 'a transfer finding could not be kept'),
        );
    },
  });
