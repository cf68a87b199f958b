/**
 * Encrypts what must not be read from a dump of the database: AES-256-GCM, the key from the environment or from a file
 * of its own. Knows neither the database nor what the secrets are for.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readOrMakePrivateFile } from './private-file.ts';

const version = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

/** A stored secret that cannot be read. The message is for the operator; it never contains key or secret. */
export class SecretError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SecretError';
  }
}

export class Secrets {
  readonly #key: Buffer;

  constructor(options: { key: Buffer }) {
    this.#key = options.key;
  }

  /** `rowId` is authenticated with it: a ciphertext that is copied into another row cannot be read there. */
  encrypt(plain: string, rowId: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(rowId));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${version}:${Buffer.concat([nonce, body]).toString('base64')}`;
  }

  decrypt(stored: string, rowId: string): string {
    const [storedVersion, text, ...rest] = stored.split(':');
    if (storedVersion !== version || text === undefined || rest.length > 0) {
      throw new SecretError('the stored secret has a form that this version of Offhook does not know');
    }
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length < nonceBytes + tagBytes) throw new SecretError('the stored secret is cut off');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(rowId));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    try {
      const plain = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([plain, decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new SecretError(
        'the stored secret was not encrypted with this key (OFFHOOK_SECRET_KEY, or the file secret-key in the data directory), or it was changed',
        { cause },
      );
    }
  }
}

/** `key`: OFFHOOK_SECRET_KEY, 32 bytes in base64. Without it a key is made at the first start and kept in `dataDir`. */
export async function openSecrets(options: { key?: string | undefined; dataDir: string }): Promise<Secrets> {
  if (options.key !== undefined) return new Secrets({ key: parseKey(options.key, 'OFFHOOK_SECRET_KEY') });
  const file = join(options.dataDir, 'secret-key');
  const { text } = await readOrMakePrivateFile(file, () => randomBytes(32).toString('base64'));
  return new Secrets({ key: parseKey(text, file) });
}

function parseKey(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  // Buffer.from skips what is not base64, so only a key that comes out the same is one
  if (key.length !== 32 || key.toString('base64').replace(/=+$/, '') !== text.trim().replace(/=+$/, '')) {
    throw new SecretError(`${where} must be 32 bytes in base64 (made by: openssl rand -base64 32)`);
  }
  return key;
}
