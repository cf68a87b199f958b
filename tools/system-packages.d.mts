export declare const ensureSystemPackages: (options: { log: (line: string) => void }) => Promise<void>;
