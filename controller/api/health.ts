/** /healthz: the process answers. /readyz: what it needs is there, each part said apart. */
import { Router } from 'express';
import type { SystemState } from '../contract/live.ts';

export type Readiness = SystemState;

export function healthRouter(readiness: () => Readiness): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', (_request, response) => {
    const parts = readiness();
    const { agents: _agents, certificate: _certificate, ...needed } = parts;
    const ready = Object.values(needed).every((part) => part.ready);
    response.status(ready ? 200 : 503).json({ ready, ...parts });
  });
  return router;
}
