/** Writes agents. Reading them is `load-configuration.ts`'s. */
import { randomUUID } from 'node:crypto';
import {
  type AgentInput,
  AgentKind,
  type AgentPatch,
  AgentSettings,
  connectionProblem,
} from '../contract/agent.ts';
import { type AgentConnection, AgentConnectionView } from '../contract/agent-connection.ts';
import { AppError } from '../errors.ts';
import { partConnection, readAgentSecrets, writeAgentSecrets } from './agent-secrets.ts';
import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';
import type { AgentModel } from './generated/models.ts';
import { given } from './given.ts';
import type { Secrets } from './secrets.ts';
import { written } from './violation.ts';

export class AgentStore {
  readonly #database: Database;
  readonly #secrets: Secrets;
  readonly #workspaceId: string;

  constructor(options: { database: Database; secrets: Secrets; workspaceId: string }) {
    this.#database = options.database;
    this.#secrets = options.secrets;
    this.#workspaceId = options.workspaceId;
  }

  /** The new agent's id. */
  async create(input: AgentInput): Promise<string> {
    const agentId = randomUUID();
    const { connection, ...rest } = input;
    const data = {
      ...rest,
      ...(connection === null ? {} : this.#stored(agentId, connection, null)),
      id: agentId,
      workspaceId: this.#workspaceId,
    };
    await this.#database.run((prisma) => written('agent', prisma.agent.create({ data })));
    return agentId;
  }

  /** What the patch does not name stays as it is: the row is locked meanwhile, so that two changes both count. */
  async change(agentId: string, patch: AgentPatch): Promise<void> {
    const where = { id: agentId, workspaceId: this.#workspaceId };
    const { settings, connection, ...rest } = patch;
    const work = this.#database.run((prisma) =>
      prisma.$transaction(async (tx) => {
        if (settings === undefined && connection === undefined && rest.kind === undefined) {
          return tx.agent.update({ where, data: given(rest) });
        }
        await tx.$queryRaw`SELECT 1 FROM agent WHERE id = ${agentId}::uuid FOR UPDATE`;
        const before = await tx.agent.findUniqueOrThrow({ where });
        const merged = AgentSettings.parse({
          ...AgentSettings.parse(before.settings),
          ...given(settings ?? {}),
        });
        const kind = rest.kind ?? AgentKind.parse(before.kind);
        return tx.agent.update({
          where,
          data: { ...given(rest), settings: merged, ...this.#changed(before, kind, connection) },
        });
      }),
    );
    await written('agent', work);
  }

  async remove(agentId: string): Promise<void> {
    const where = { id: agentId, workspaceId: this.#workspaceId };
    await this.#database.transaction(async () => {
      // asked first: after a refused statement the transaction answers nothing any more
      const needed = await this.#whoNeeds(agentId);
      if (needed !== null) throw new AppError('conflict', needed);
      await this.#database.run((prisma) => written('agent', prisma.agent.delete({ where })));
    });
  }

  /** The columns of a connection after a change of it, of the kind, or of both. */
  #changed(before: AgentModel, kind: AgentKind, entered: AgentConnection | null | undefined) {
    const stored = before.connection === null ? null : AgentConnectionView.parse(before.connection);
    const builtIn = kind === 'receptionist' || kind === 'echo';
    const next = entered === undefined ? (builtIn ? null : stored) : entered;
    const problem = connectionProblem(kind, next?.kind ?? null);
    if (problem !== null) {
      throw new AppError('invalid-input', `connection: ${problem}`, { fields: { connection: problem } });
    }
    if (entered) {
      const secrets = readAgentSecrets(before, this.#secrets);
      return this.#stored(before.id, entered, stored === null ? null : { kind: stored.kind, secrets });
    }
    return next === null ? { connection: Prisma.DbNull, secretsEncrypted: null } : {};
  }

  #stored(agentId: string, entered: AgentConnection, before: Parameters<typeof partConnection>[1]) {
    const { connection, secrets } = partConnection(entered, before);
    return { connection, secretsEncrypted: writeAgentSecrets(secrets, agentId, this.#secrets) };
  }

  async #whoNeeds(agentId: string): Promise<string | null> {
    const [trunks, numbers] = await this.#database.run((prisma) =>
      Promise.all([
        prisma.trunk.findMany({ where: { agentId }, select: { name: true }, take: 5 }),
        prisma.number.findMany({ where: { agentId }, select: { digits: true }, take: 5 }),
      ]),
    );
    const users = [
      ...trunks.map(({ name }) => `trunk ${name}`),
      ...numbers.map(({ digits }) => `number ${digits}`),
    ];
    if (users.length === 0) return null;
    return `this agent still answers ${users.join(', ')}: link another one there first`;
  }
}
