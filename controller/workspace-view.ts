/** The configuration as one workspace sees it: nothing of any other is in it. Pure; made once for each snapshot. */
import type {
  ConfigurationSnapshot,
  ConfiguredAgent,
  ConfiguredNumber,
  ConfiguredTrunk,
  ConfiguredWorkspace,
  UnreadableTrunk,
} from './db/load-configuration.ts';
import { AppError } from './errors.ts';

export type WorkspaceView = ConfiguredWorkspace & {
  readonly id: string;
  readonly trunks: ReadonlyMap<string, ConfiguredTrunk>;
  readonly unreadableTrunks: ReadonlyMap<string, UnreadableTrunk>;
  readonly agents: ReadonlyMap<string, ConfiguredAgent>;
  readonly numbers: ReadonlyMap<string, ConfiguredNumber>;
};

export class WorkspaceViews {
  #snapshot: ConfigurationSnapshot | null = null;
  #views = new Map<string, WorkspaceView>();

  of(snapshot: ConfigurationSnapshot, workspaceId: string): WorkspaceView {
    if (snapshot !== this.#snapshot) {
      this.#snapshot = snapshot;
      this.#views = new Map();
    }
    const known = this.#views.get(workspaceId);
    if (known !== undefined) return known;
    const workspace = snapshot.workspaces.get(workspaceId);
    if (workspace === undefined) throw new AppError('not-found', 'there is no such workspace');
    const own = <T extends { workspaceId: string }>(all: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
      new Map([...all].filter(([, item]) => item.workspaceId === workspaceId));
    const view = {
      ...workspace,
      id: workspaceId,
      trunks: own(snapshot.trunks),
      unreadableTrunks: own(snapshot.unreadableTrunks),
      agents: own(snapshot.agents),
      numbers: own(snapshot.numbers),
    };
    this.#views.set(workspaceId, view);
    return view;
  }
}
