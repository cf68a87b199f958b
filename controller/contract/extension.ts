/** Directory entries: the people and places of a trunk's PBX that a caller can be put through to. */
import { z } from 'zod';
import { fieldFault } from './texts/field.ts';
import { ExtensionNumber, plainText } from './trunk.ts';

const Spoken = plainText(80);
const Alias = Spoken.min(1, fieldFault.blank).regex(/^[^;|]*$/, fieldFault.aliasSigns);

export const ExtensionInput = z.strictObject({
  ext: ExtensionNumber,
  /** spoken by the agent, shown in records */
  name: Spoken.min(1, fieldFault.blank),
  owner: Spoken.default(''),
  department: Spoken.default(''),
  aliases: z.array(Alias).max(50).default([]),
  enabled: z.boolean().default(true),
});
export type ExtensionInput = z.infer<typeof ExtensionInput>;

/** A change of an entry: what is left out stays. */
export const ExtensionPatch = z.strictObject({
  ext: ExtensionNumber.optional(),
  name: Spoken.min(1, fieldFault.blank).optional(),
  owner: Spoken.optional(),
  department: Spoken.optional(),
  aliases: z.array(Alias).max(50).optional(),
  enabled: z.boolean().optional(),
});
export type ExtensionPatch = z.infer<typeof ExtensionPatch>;

export type DirectoryEntry = ExtensionInput;
export type Extension = ExtensionInput & { id: string; trunkId: string };
