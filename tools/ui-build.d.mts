/** Types of `ui-build.mjs`. */
export declare const ensureUi: (options: { log: (line: string) => void }) => Promise<void>;
