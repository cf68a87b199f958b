/**
 * The file that holds the key of `secrets.ts`: base64, one key a line, the first one encrypts. More than one is there
 * only while keys are being changed. Knows nothing of what is encrypted.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readOrMakePrivateFile, replacePrivateFile } from './private-file.ts';

export const newSecretKey = (): Buffer => randomBytes(32);

export class SecretKeyFile {
  readonly path: string;

  constructor({ dataDir }: { dataDir: string }) {
    this.path = join(dataDir, 'secret-key');
  }

  /** The keys as they stand there, the one that encrypts first. */
  async readOrMake(): Promise<string[]> {
    const { text } = await readOrMakePrivateFile(this.path, () => newSecretKey().toString('base64'));
    return text.split(/\s+/);
  }

  /** Puts a new key before the others. It is on the disk when this resolves. */
  async add(key: Buffer): Promise<void> {
    await replacePrivateFile(this.path, [key.toString('base64'), ...(await this.readOrMake())].join('\n'));
  }

  /** Leaves the key that encrypts, and no other. */
  async dropPrevious(): Promise<void> {
    const [current = ''] = await this.readOrMake();
    await replacePrivateFile(this.path, current);
  }
}
