/** The API token: made at the first start, kept in a file that only its owner may read, compared by its hash. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { readOrMakePrivateFile } from '../db/private-file.ts';

export type TokenHash = Buffer;

export const hashToken = (token: string): TokenHash => createHash('sha256').update(token).digest();

/** Takes the same time whatever is wrong with the token. */
export const isToken = (candidate: string, hash: TokenHash): boolean =>
  timingSafeEqual(hashToken(candidate), hash);

/** `made`: this is the first start, so the token is worth telling. */
export async function openApiToken(
  dataDir: string,
): Promise<{ token: string; hash: TokenHash; file: string; made: boolean }> {
  const file = join(dataDir, 'api-token');
  const { text, made } = await readOrMakePrivateFile(
    file,
    () => `offhook_${randomBytes(32).toString('base64url')}`,
  );
  return { token: text, hash: hashToken(text), file, made };
}
