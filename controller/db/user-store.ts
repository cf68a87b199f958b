/** People and the workspaces that they belong to. Knows hashes of passwords, never a password. */
import { randomUUID } from 'node:crypto';
import type { Role, UserAnswer } from '../contract/account.ts';
import { AppError } from '../errors.ts';
import type { Database } from './database.ts';
import { given } from './given.ts';
import { written } from './violation.ts';

export type Credentials = { id: string; passwordHash: string; active: boolean };
type Member = UserAnswer & { version: number };

/** Held while it is counted who administers what, so that two requests at once cannot both be the last one's end. */
const administratorsLock = 5_061_005;

export class UserStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  async isSetUp(): Promise<boolean> {
    return (await this.#database.run((prisma) => prisma.user.findFirst({ select: { id: true } }))) !== null;
  }

  /** The first administrator, once: whoever comes second gets `conflict`. */
  async setUp(
    user: { email: string; name: string; passwordHash: string },
    workspaceId: string,
  ): Promise<string> {
    return await this.#database.transaction(async () => {
      await this.#lockAdministrators();
      if (await this.isSetUp())
        throw new AppError('conflict', 'the first administrator has been made already');
      const id = randomUUID();
      await this.#database.run((prisma) =>
        prisma.user.create({
          data: { ...user, id, installation: true, memberships: { create: { workspaceId, role: 'admin' } } },
        }),
      );
      return id;
    });
  }

  async credentials(by: { email: string } | { id: string }): Promise<Credentials | null> {
    return await this.#database.run((prisma) =>
      prisma.user.findUnique({ where: by, select: { id: true, passwordHash: true, active: true } }),
    );
  }

  async setPassword(userId: string, passwordHash: string): Promise<void> {
    await this.#database.run((prisma) =>
      written('user', prisma.user.update({ where: { id: userId }, data: { passwordHash } })),
    );
  }

  /** Also those of other workspaces are found by their e-mail address: one person has one account. */
  async findByEmail(email: string): Promise<{ id: string } | null> {
    return await this.#database.run((prisma) =>
      prisma.user.findUnique({ where: { email }, select: { id: true } }),
    );
  }

  async create(
    workspaceId: string,
    user: { email: string; name: string; passwordHash: string },
    role: Role,
  ): Promise<string> {
    const id = randomUUID();
    const data = { ...user, id, memberships: { create: { workspaceId, role } } };
    await this.#database.run((prisma) => written('user', prisma.user.create({ data })));
    return id;
  }

  async join(workspaceId: string, userId: string, role: Role): Promise<void> {
    await this.#database.run((prisma) =>
      written('user', prisma.membership.create({ data: { userId, workspaceId, role } })),
    );
  }

  /** By name. */
  async list(workspaceId: string): Promise<Member[]> {
    return await this.#members({ workspaceId });
  }

  async find(workspaceId: string, userId: string): Promise<Member> {
    const [member] = /^[0-9a-f-]{36}$/i.test(userId) ? await this.#members({ workspaceId, userId }) : [];
    if (member === undefined) throw new AppError('not-found', 'the workspace has no such user');
    return member;
  }

  /** Does he belong to any other workspace, or to the installation? Then one workspace's admin is not his master. */
  async isOnlyOf(workspaceId: string, userId: string): Promise<boolean> {
    const others = { userId, workspaceId: { not: workspaceId } };
    const [other, user] = await this.#database.run((prisma) =>
      Promise.all([
        prisma.membership.findFirst({ where: others }),
        prisma.user.findUnique({ where: { id: userId } }),
      ]),
    );
    return other === null && user?.installation === false;
  }

  async change(
    workspaceId: string,
    userId: string,
    patch: {
      name?: string | undefined;
      active?: boolean | undefined;
      passwordHash?: string | undefined;
      role?: Role | undefined;
    },
  ): Promise<void> {
    const { role, ...account } = patch;
    await this.#keepingAnAdministrator(workspaceId, async () => {
      if (Object.keys(given(account)).length > 0) {
        await this.#database.run((prisma) =>
          written('user', prisma.user.update({ where: { id: userId }, data: given(account) })),
        );
      }
      if (role !== undefined) {
        const where = { userId_workspaceId: { userId, workspaceId } };
        await this.#database.run((prisma) =>
          written('user', prisma.membership.update({ where, data: { role } })),
        );
      }
    });
  }

  /** Out of the workspace; the account goes with its last one. */
  async leave(workspaceId: string, userId: string): Promise<void> {
    await this.#keepingAnAdministrator(workspaceId, async () => {
      const where = { userId_workspaceId: { userId, workspaceId } };
      await this.#database.run((prisma) => written('user', prisma.membership.delete({ where })));
      await this.#database.run((prisma) =>
        prisma.user.deleteMany({ where: { id: userId, installation: false, memberships: { none: {} } } }),
      );
    });
  }

  async #members(where: { workspaceId: string; userId?: string }): Promise<Member[]> {
    const rows = await this.#database.run((prisma) =>
      prisma.membership.findMany({
        where,
        include: { user: { include: { sessions: { orderBy: { usedAt: 'desc' }, take: 1 } } } },
        orderBy: [{ user: { name: 'asc' } }, { userId: 'asc' }],
      }),
    );
    return rows.map(({ role, version, user }) => ({
      id: user.id,
      email: user.email,
      name: user.name,
      role: role as Role,
      active: user.active,
      installation: user.installation,
      createdAt: user.createdAt.toISOString(),
      lastSeenAt: user.sessions[0]?.usedAt.toISOString() ?? null,
      version: user.version + version,
    }));
  }

  async #keepingAnAdministrator(workspaceId: string, work: () => Promise<void>): Promise<void> {
    const administrators = { workspaceId, role: 'admin', user: { active: true } };
    const count = () => this.#database.run((prisma) => prisma.membership.count({ where: administrators }));
    await this.#database.transaction(async () => {
      await this.#lockAdministrators();
      const before = await count();
      await work();
      if (before > 0 && (await count()) === 0) {
        throw new AppError(
          'conflict',
          'the workspace would be left without an administrator who can sign in',
        );
      }
    });
  }

  async #lockAdministrators(): Promise<void> {
    await this.#database.run(
      (prisma) => prisma.$executeRaw`SELECT pg_advisory_xact_lock(${administratorsLock})`,
    );
  }
}
