/** Starts a TypeScript module in a worker thread: Node 20 does not hand the main thread's loader on to it. */
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.module);
