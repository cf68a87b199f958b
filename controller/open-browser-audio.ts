/** Builds the audio sockets of browsers over the calls that stand. */
import type { Server } from 'node:http';
import { admitAudio } from './api/admit-audio.ts';
import { BrowserAudio } from './browser-audio/server.ts';
import type { LiveCalls } from './calls/live-calls.ts';
import type { Configuration } from './configuration.ts';
import type { Logger } from './log.ts';
import type { Accounts } from './open-accounts.ts';
import type { WorkspaceView } from './workspace-view.ts';

export const openBrowserAudio = (options: {
  server: Server;
  accounts: Accounts;
  configuration: Configuration;
  liveCalls: LiveCalls;
  log: Logger;
}): BrowserAudio => {
  const { server, accounts, configuration, liveCalls, log } = options;
  return new BrowserAudio({
    server,
    ...admitAudio(accounts),
    liveCalls: {
      find: (callId, workspaceId) =>
        liveCalls
          .list()
          .find((call) => call.record.id === callId && configuration.workspaceOfCall(call) === workspaceId),
      takeOver: (callId, person) => liveCalls.takeOver(callId, person),
      hangUp: (callId) => liveCalls.hangUp(callId),
      talkTo: (agentId, { workspaceId, name }) => {
        const workspace = configuration.of(workspaceId);
        const agent = workspace.agents.get(agentId);
        if (agent === undefined) return null;
        const directoryOf = trunkOf(workspace, agentId);
        return (line) => liveCalls.talk({ agent, workspaceId, callerName: name, directoryOf, line });
      },
    },
    log,
  });
};

/** Whose directory the agent knows in a test conversation: of a trunk that it answers; '' = none. */
const trunkOf = ({ trunks, numbers }: WorkspaceView, agentId: string): string =>
  [...trunks.values()].find((trunk) => trunk.agentId === agentId)?.id ??
  [...numbers.values()].find((number) => number.agentId === agentId)?.trunkId ??
  '';
