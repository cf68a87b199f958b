/** What a backup says of itself: the last entry of its archive, so that an archive without it was cut off. */
import { z } from 'zod';

export const manifestName = 'manifest.json';

/** A relative path with plain names only: what an archive names can never leave the folder that it is put into. */
export const ArchivePath = z
  .string()
  .max(500)
  .regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^/\0\\]+(?:\/[^/\0\\]+)*$/, 'a relative path without dots');

const Identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const BackupManifest = z.strictObject({
  format: z.literal(1),
  /** ISO 8601 */
  madeAt: z.iso.datetime(),
  /** names of prisma/migrations that the tables had, in order */
  migrations: z.array(z.string().regex(/^[0-9]{14}_[a-z0-9_]{1,200}$/)).min(1),
  /** in an order in which they can be filled: a table after those that it refers to */
  tables: z
    .array(
      z.strictObject({
        name: Identifier,
        columns: z.array(Identifier).min(1),
        rows: z.int().min(0),
        bytes: z.int().min(0),
        sha256: Sha256,
      }),
    )
    .max(1000),
  files: z
    .array(z.strictObject({ path: ArchivePath, bytes: z.int().min(0), sha256: Sha256 }))
    .max(10_000_000),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

export const tableEntry = (table: string): string => `tables/${table}`;
export const fileEntry = (path: string): string => `files/${path}`;
