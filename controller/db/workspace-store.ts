/** Workspaces themselves. What is in one is the other stores'. */
import { randomUUID } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { Database } from './database.ts';
import { written } from './violation.ts';

export type Workspace = { id: string; name: string; createdAt: string; version: number };

export class WorkspaceStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** Oldest first. */
  async list(): Promise<Workspace[]> {
    const rows = await this.#database.run((prisma) =>
      prisma.workspace.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }),
    );
    return rows.map(({ id, name, createdAt, version }) => ({
      id,
      name,
      createdAt: createdAt.toISOString(),
      version,
    }));
  }

  async create(name: string): Promise<string> {
    const id = randomUUID();
    await this.#database.run((prisma) =>
      written('workspace', prisma.workspace.create({ data: { id, name } })),
    );
    return id;
  }

  async rename(workspaceId: string, name: string): Promise<void> {
    await this.#database.run((prisma) =>
      written('workspace', prisma.workspace.update({ where: { id: workspaceId }, data: { name } })),
    );
  }

  /** Only one in which nothing is left; its users' memberships, tokens and audit log go with it. */
  async remove(workspaceId: string): Promise<void> {
    const inIt = { where: { workspaceId } };
    const counts = await this.#database.run((prisma) =>
      Promise.all([
        prisma.trunk.count(inIt),
        prisma.agent.count(inIt),
        prisma.number.count(inIt),
        prisma.call.count(inIt),
      ]),
    );
    const left = ['trunks', 'agents', 'numbers', 'calls'].filter((_, at) => counts[at] !== 0);
    if (left.length > 0) throw new AppError('conflict', `the workspace still has ${left.join(', ')}`);
    await this.#database.run((prisma) =>
      written('workspace', prisma.workspace.delete({ where: { id: workspaceId } })),
    );
  }
}
