/** /secret-key: what stored secrets are encrypted with, and changing it. The key itself never comes this way. */
import { SecretKeyState } from '../contract/secret-key.ts';
import type { SecretKeyRotation } from '../secret-key/rotation.ts';
import { type Route, route } from './route.ts';

export type SecretKeyRoutes = { secretKey: Pick<SecretKeyRotation, 'state' | 'rotate'> };

export function secretKeyRoutes({ secretKey }: SecretKeyRoutes): Route[] {
  const tag = 'Installation';
  const access = { kind: 'installation' } as const;
  return [
    route({
      method: 'get',
      path: '/secret-key',
      id: 'getSecretKey',
      tag,
      summary: 'How the key for stored secrets is, and how far a change of it',
      access,
      answer: SecretKeyState,
      handle: () => ({ body: secretKey.state() }),
    }),
    route({
      method: 'post',
      path: '/secret-key/rotate',
      id: 'rotateSecretKey',
      tag,
      summary: 'Encrypt every stored secret with a new key',
      description:
        'Goes on in the background; GET /secret-key says how far it is. Calls and registrations are not touched. A key from the environment is changed there.',
      access,
      status: 202,
      answer: SecretKeyState,
      problems: ['conflict'],
      handle: async () => {
        await secretKey.rotate();
        return { body: secretKey.state() };
      },
    }),
  ];
}
