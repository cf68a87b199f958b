/** /healthz: the process answers. /readyz: what it needs is there, each part said apart. */
import { Router } from 'express';

export type PartReadiness = { ready: boolean; text: string };
export type Readiness = {
  switch: PartReadiness;
  database: PartReadiness;
  speech: PartReadiness;
  disk: PartReadiness;
  /** says which agents do not come up; their fallbacks take their calls, so calls can be taken all the same */
  agents: PartReadiness;
};

export function healthRouter(readiness: () => Readiness): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', (_request, response) => {
    const parts = readiness();
    const { agents: _, ...needed } = parts;
    const ready = Object.values(needed).every((part) => part.ready);
    response.status(ready ? 200 : 503).json({ ready, ...parts });
  });
  return router;
}
