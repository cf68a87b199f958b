/** Types of `debian-apt.mjs`. */
export declare const chooseMirror: (found: {
  fromEnvironment: string | undefined;
  aptTargets: string;
  osId: string;
}) => string | null;
export declare const aptConfiguration: (where: { folder: string }) => string;
export declare const aptSources: (source: {
  mirror: string;
  suite: string;
  architecture: string;
  keyring: string | null;
}) => string;
export declare const packagesToFetch: (simulation: string) => string[];
export declare const bytesToFetch: (uris: string) => number;
export declare const unneeded: RegExp;
export declare const complaints: (output: string) => string;
export declare const isOutOfSpace: (text: string) => boolean;
export declare const isSilence: (text: string) => boolean;
