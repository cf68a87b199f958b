/** Writes agents. Reading them is `load-configuration.ts`'s. */
import { randomUUID } from 'node:crypto';
import { type AgentInput, type AgentPatch, AgentSettings } from '../contract/agent.ts';
import { AppError } from '../errors.ts';
import type { Database } from './database.ts';
import { given } from './given.ts';
import { written } from './violation.ts';

export class AgentStore {
  readonly #database: Database;
  readonly #workspaceId: string;

  constructor(options: { database: Database; workspaceId: string }) {
    this.#database = options.database;
    this.#workspaceId = options.workspaceId;
  }

  /** The new agent's id. */
  async create(input: AgentInput): Promise<string> {
    const agentId = randomUUID();
    const data = { ...input, id: agentId, workspaceId: this.#workspaceId };
    await this.#database.run((prisma) => written('agent', prisma.agent.create({ data })));
    return agentId;
  }

  /** What the settings do not name stays as it is: the row is locked meanwhile, so that two changes both count. */
  async change(agentId: string, patch: AgentPatch): Promise<void> {
    const where = { id: agentId, workspaceId: this.#workspaceId };
    const { settings, ...rest } = patch;
    const work = this.#database.run((prisma) =>
      prisma.$transaction(async (tx) => {
        if (settings === undefined) return tx.agent.update({ where, data: given(rest) });
        await tx.$queryRaw`SELECT 1 FROM agent WHERE id = ${agentId}::uuid FOR UPDATE`;
        const before = await tx.agent.findUniqueOrThrow({ where });
        const merged = AgentSettings.parse({ ...AgentSettings.parse(before.settings), ...given(settings) });
        return tx.agent.update({ where, data: { ...given(rest), settings: merged } });
      }),
    );
    await written('agent', work);
  }

  async remove(agentId: string): Promise<void> {
    const where = { id: agentId, workspaceId: this.#workspaceId };
    const work = this.#database.run((prisma) => prisma.agent.delete({ where }));
    try {
      await written('agent', work);
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'invalid-input') throw thrown;
      throw new AppError('conflict', await this.#whoNeeds(agentId), { cause: thrown });
    }
  }

  async #whoNeeds(agentId: string): Promise<string> {
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
    return `this agent still answers ${users.join(', ')}: link another one there first`;
  }
}
