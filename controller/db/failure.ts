/**
 * Tells failures of the way to the database from failures of a statement, and puts the first into words. Knows what
 * node, `pg` and Prisma throw; knows no table.
 */
import { messageOf } from '../errors.ts';

/** Every thrown object from the outermost to the first cause, also where Prisma keeps the driver's own error. */
function chain(thrown: unknown): Record<string, unknown>[] {
  const links: Record<string, unknown>[] = [];
  let next: unknown = thrown;
  while (typeof next === 'object' && next !== null && links.length < 10) {
    const link = next as Record<string, unknown>;
    links.push(link);
    const meta = link['meta'] as Record<string, unknown> | undefined;
    next = meta?.['driverAdapterError'] ?? link['cause'];
  }
  return links;
}

/** SQLSTATE, errno name or Prisma code; also those that the driver adapter keeps as `originalCode`. */
function codesOf(thrown: unknown): string[] {
  return chain(thrown)
    .flatMap((link) => [link['code'], link['originalCode'], link['kind']])
    .filter((code) => typeof code === 'string');
}

/** The index or the columns that a statement violated, as PostgreSQL names them; null when it violated none. */
export function violatedConstraint(thrown: unknown): { kind: 'unique' | 'reference'; name: string } | null {
  for (const link of chain(thrown)) {
    const kind = link['kind'];
    const reference = kind === 'ForeignKeyConstraintViolation' || kind === 'RestrictViolation';
    if (kind !== 'UniqueConstraintViolation' && !reference) continue;
    const constraint = link['constraint'] as { index?: string; fields?: string[] } | undefined;
    return {
      kind: reference ? 'reference' : 'unique',
      name: constraint?.index ?? constraint?.fields?.join('_') ?? '',
    };
  }
  return null;
}

// Prisma: P1xxx without the migration codes, P2024 pool time-out, P2028 transaction could not begin or was lost,
// P2037 too many connections. SQLSTATE: class 08 connection, 53 out of resources, 57P shut down or starting.
const prismaDown = /^(?:P10(?:00|01|02|03|08|09|10|11|17)|P2024|P2028|P2037)$/;
const sqlStateDown = /^(?:08...|53...|57P..|28000|28P01|3D000)$/;
const errnoDown =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EACCES)$/;
const adapterDown =
  /^(?:DatabaseNotReachable|ConnectionClosed|SocketTimeout|TlsConnectionError|TooManyConnections)$/;
// what pg throws without any code
const wordsDown =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end|Client was closed|database system is (?:starting|shutting)/i;

export function isConnectionFailure(thrown: unknown): boolean {
  if (
    codesOf(thrown).some((code) =>
      [prismaDown, sqlStateDown, errnoDown, adapterDown].some((pattern) => pattern.test(code)),
    )
  ) {
    return true;
  }
  return chain(thrown).some((link) => typeof link['message'] === 'string' && wordsDown.test(link['message']));
}

/** A statement that will fail again however often it is tried: the values are wrong (SQLSTATE classes 22 and 23). */
export function isRefusedValue(thrown: unknown): boolean {
  if (chain(thrown).some((link) => link['name'] === 'PrismaClientValidationError')) return true;
  return codesOf(thrown).some((code) =>
    /^(?:22...|23...|P2000|P2002|P2003|P2005|P2006|P2007|P2011|P2019|P2020|P2023)$/.test(code),
  );
}

/** `where`: such as `the database at db:5432`. Never contains a password. */
export function describeConnectionFailure(thrown: unknown, where: string): string {
  const codes = codesOf(thrown);
  const has = (...wanted: string[]) => wanted.some((code) => codes.includes(code));
  const messages = chain(thrown).map((link) => link['message']);
  const message = messages.find((text): text is string => typeof text === 'string' && text !== '');
  if (has('ECONNREFUSED', 'ENOENT')) return `${where} does not answer: connection refused`;
  if (has('ENOTFOUND', 'EAI_AGAIN')) return `${where} cannot be found: no such host name`;
  if (has('28P01', '28000')) return `${where} refuses our user name or password`;
  if (has('3D000')) return `${where} does not have the database that DATABASE_URL names`;
  if (has('57P03')) return `${where} is starting up`;
  if (has('57P01', '57P02')) return `${where} was shut down`;
  if (has('53300')) return `${where} has no connection left for us`;
  if (has('ETIMEDOUT') || /time-?out/i.test(message ?? '')) return `${where} does not answer in time`;
  return `${where} cannot be used: ${message ?? messageOf(thrown)}`;
}
