/** What the API says about connecting a PBX: the defaults of each PBX type, and the guide of one trunk. */
import { z } from 'zod';
import { ConnectionType, type ExtensionTrunkInput, type PbxType, type Trunk } from './trunk.ts';

export const PbxTypesQuery = z.strictObject({
  connectionType: ConnectionType.default('extension'),
});

/** A PBX type with what choosing it fills in. */
export type PbxTypeEntry = {
  pbxType: PbxType;
  /** as people write it: `3CX`, `FreePBX` */
  label: string;
  connectionType: ConnectionType;
  defaults: Pick<Trunk, 'port' | 'transport'> & {
    /** native extension mode only */
    expirySeconds?: number;
    codecs: NonNullable<ExtensionTrunkInput['codecs']>;
  };
  /** what is special about it, a sentence each */
  notes: string[];
};

/** How to connect one trunk, step by step. All strings are plain text; a line break parts paragraphs and list items. */
export type Guide = {
  title: string;
  introduction: string;
  steps: { title: string; text: string; values: { label: string; value: string }[] }[];
  /** how to take it back, in this order */
  rollback: string[];
  troubleshooting: { problem: string; causes: string[]; checks: string[] }[];
  /** from where the menu names are known, and which could not be confirmed */
  sources: string[];
};
