/**
 * Encrypts what must not be read from a dump of the database: AES-256-GCM. One key encrypts; while keys are being changed
 * the ones before it still read. Each ciphertext names its key. Knows neither the database nor what the secrets are for.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { SecretKeyFile } from './secret-key-file.ts';

const nonceBytes = 12;
const tagBytes = 16;
const algorithm = 'aes-256-gcm';

/** A stored secret that cannot be read. The message is for the operator; it never contains key or secret. */
export class SecretError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SecretError';
  }
}

type NamedKey = { id: string; key: Buffer };
const named = (key: Buffer): NamedKey => ({ id: keyId(key), key });

/** Tells keys apart and gives nothing of them away: 32 bits of the hash of 256 random ones. */
const keyId = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 8);

export class Secrets {
  #current: NamedKey;
  #previous: NamedKey[];

  /** `previous` only read. */
  constructor(options: { key: Buffer; previous?: readonly Buffer[] }) {
    this.#current = named(options.key);
    this.#previous = (options.previous ?? []).map(named).filter(({ id }) => id !== this.#current.id);
  }

  /** The name of the key that encrypts. */
  get keyId(): string {
    return this.#current.id;
  }

  /** How many keys still read that encrypt no more. */
  get previousKeys(): number {
    return this.#previous.length;
  }

  /** What every ciphertext of the current key begins with. */
  get mark(): string {
    return `v2:${this.#current.id}:`;
  }

  /** From now on this key encrypts; the ones before go on reading. */
  change(key: Buffer): void {
    this.#previous = [this.#current, ...this.#previous];
    this.#current = named(key);
  }

  /** Nothing is encrypted with the keys before any more. */
  forgetPrevious(): void {
    this.#previous = [];
  }

  /** `rowId` is authenticated with it: a ciphertext that is copied into another row cannot be read there. */
  encrypt(plain: string, rowId: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#current.key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(rowId));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${this.mark}${Buffer.concat([nonce, body]).toString('base64')}`;
  }

  decrypt(stored: string, rowId: string): string {
    const { id, text } = parts(stored);
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length < nonceBytes + tagBytes) throw new SecretError('the stored secret is cut off');
    let cause: unknown;
    for (const known of [this.#current, ...this.#previous]) {
      if (id !== null && id !== known.id) continue;
      try {
        return opened(bytes, known.key, rowId);
      } catch (thrown) {
        cause = thrown;
      }
    }
    throw new SecretError(
      'the stored secret was not encrypted with this key (OFFHOOK_SECRET_KEY, or the file secret-key in the data directory), or it was changed',
      { cause },
    );
  }
}

const opened = (bytes: Buffer, key: Buffer, rowId: string): string => {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(rowId));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const plain = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
  return Buffer.concat([plain, decipher.final()]).toString('utf8');
};

/** `v2:<key>:<base64>`; the first version, `v1:<base64>`, did not name its key. */
const parts = (stored: string): { id: string | null; text: string } => {
  const [, id, text] = /^v(?:1|2:([0-9a-f]{8})):([^:]*)$/.exec(stored) ?? [];
  if (text === undefined) {
    throw new SecretError('the stored secret has a form that this version of Offhook does not know');
  }
  return { id: id ?? null, text };
};

export type SecretKeys = {
  secrets: Secrets;
  /** null: the keys come from the environment */
  file: SecretKeyFile | null;
};

/**
 * `key`: OFFHOOK_SECRET_KEY, 32 bytes in base64; `previous`: OFFHOOK_SECRET_KEY_PREVIOUS, those before it, separated by
 * commas. Without them a key is made at the first start and kept in `dataDir`.
 */
export async function openSecretKeys(options: {
  key?: string | undefined;
  previous?: string | undefined;
  dataDir: string;
}): Promise<SecretKeys> {
  const { key, previous = '', dataDir } = options;
  if (key !== undefined) {
    const before = previous.split(',').filter((text) => text.trim() !== '');
    const secrets = new Secrets({
      key: parseKey(key, 'OFFHOOK_SECRET_KEY'),
      previous: before.map((text) => parseKey(text, 'OFFHOOK_SECRET_KEY_PREVIOUS')),
    });
    return { secrets, file: null };
  }
  if (previous !== '') {
    throw new SecretError('OFFHOOK_SECRET_KEY_PREVIOUS is of no use without OFFHOOK_SECRET_KEY');
  }
  const file = new SecretKeyFile({ dataDir });
  const [current = '', ...older] = await file.readOrMake();
  const secrets = new Secrets({
    key: parseKey(current, file.path),
    previous: older.map((text) => parseKey(text, file.path)),
  });
  return { secrets, file };
}

export const openSecrets = async (options: Parameters<typeof openSecretKeys>[0]): Promise<Secrets> =>
  (await openSecretKeys(options)).secrets;

function parseKey(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  // Buffer.from skips what is not base64, so only a key that comes out the same is one
  if (key.length !== 32 || key.toString('base64').replace(/=+$/, '') !== text.trim().replace(/=+$/, '')) {
    throw new SecretError(`${where} must be 32 bytes in base64 (made by: openssl rand -base64 32)`);
  }
  return key;
}
