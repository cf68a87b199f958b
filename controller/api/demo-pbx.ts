/** /demo-pbx: a PBX to try Offhook with, started on this machine. */
import { z } from 'zod';
import { DemoPbxState } from '../contract/demo-pbx.ts';
import { admin, viewer } from './caller.ts';
import { type Route, route } from './route.ts';

export type DemoPbxRoutes = {
  demoPbx: { state(): DemoPbxState; start(): Promise<void>; call(): void };
};

export function demoPbxRoutes({ demoPbx }: DemoPbxRoutes): Route[] {
  const tag = 'Demo';
  return [
    route({
      method: 'get',
      path: '/demo-pbx',
      id: 'getDemoPbx',
      tag,
      summary: 'Whether a demo PBX can be started here, and whether it runs',
      access: viewer('trunks:read'),
      answer: DemoPbxState,
      handle: () => ({ body: demoPbx.state() }),
    }),
    route({
      method: 'post',
      path: '/demo-pbx',
      id: 'startDemoPbx',
      tag,
      summary: 'Start a demo PBX with phones on this machine; it ends with Offhook',
      access: admin('trunks:write'),
      answer: DemoPbxState,
      problems: ['conflict'],
      handle: async () => {
        await demoPbx.start();
        return { body: demoPbx.state() };
      },
    }),
    route({
      method: 'post',
      path: '/demo-pbx/call',
      id: 'callFromDemoPbx',
      tag,
      summary: 'Let the caller of the demo PBX dial Offhook and ask for billing',
      access: admin('trunks:control'),
      status: 202,
      answer: z.object({}),
      problems: ['conflict'],
      handle: () => {
        demoPbx.call();
        return { body: {} };
      },
    }),
  ];
}
