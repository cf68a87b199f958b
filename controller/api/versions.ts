/** /system/versions: what runs here. */
import { SystemVersions } from '../contract/system.ts';
import { viewer } from './caller.ts';
import { type Route, route } from './route.ts';

export type VersionRoutes = { versions: () => Promise<SystemVersions> };

export function versionRoutes({ versions }: VersionRoutes): Route[] {
  return [
    route({
      method: 'get',
      path: '/system/versions',
      id: 'getSystemVersions',
      tag: 'Settings',
      summary: 'The versions of Offhook, the switch, the database and Node',
      access: viewer('settings:read'),
      answer: SystemVersions,
      handle: async () => ({ body: await versions() }),
    }),
  ];
}
