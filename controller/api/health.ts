/**
 * /healthz: the process answers. /readyz: what it needs is there, each part by yes or no, since nobody is asked who he
 * is. What is the matter, in words, is /system's, for whoever may see it.
 */
import { Router } from 'express';

import type { SystemState } from '../contract/live.ts';
import { SystemAnswer } from '../contract/system.ts';
import { viewer } from './caller.ts';
import { type Route, route } from './route.ts';

export type Readiness = SystemState;

export function healthRouter(readiness: () => Readiness): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', (_request, response) => {
    const parts = Object.entries(readiness()).map(([name, { ready }]) => [name, { ready }] as const);
    const ready = parts.every(([name, part]) => part.ready || isForSomeCallsOnly(name));
    response.status(ready ? 200 : 503).json({ ready, ...Object.fromEntries(parts) });
  });
  return router;
}

/** Calls can be taken without. */
const isForSomeCallsOnly = (part: string): boolean => part === 'agents' || part === 'certificate';

export type SystemRoutes = {
  readiness: () => Readiness;
  /** what whoever belongs to one workspace among others may know of it */
  forEverybody: (system: SystemState) => SystemState;
};

export const systemRoutes = ({ readiness, forEverybody }: SystemRoutes): Route[] => [
  route({
    method: 'get',
    path: '/system',
    id: 'getSystem',
    tag: 'Installation',
    summary: 'What Offhook needs in order to work, each part in words',
    description: '`GET /readyz`, outside of /api/v1, says of each part only whether it is well, to anybody.',
    access: viewer('settings:read'),
    answer: SystemAnswer,
    handle: ({ caller }) => ({ body: caller.installation ? readiness() : forEverybody(readiness()) }),
  }),
];
