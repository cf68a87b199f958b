/** /trunks/:trunkId/extensions: the directory of one trunk. */
import { type Request, Router } from 'express';
import type { Configuration } from '../configuration.ts';
import { type Extension, ExtensionInput, ExtensionPatch } from '../contract/extension.ts';
import type { ExtensionStore } from '../db/extension-store.ts';
import { AppError } from '../errors.ts';
import { findTrunk, parseBody, pathPart } from './input.ts';

export type ExtensionRoutes = { configuration: Configuration; extensions: ExtensionStore };

export function extensionsRouter({ configuration, extensions }: ExtensionRoutes): Router {
  const trunkOf = (request: Request) => findTrunk(configuration, request);
  const find = (request: Request, extensionId = pathPart(request, 'extensionId')): Extension => {
    const extension = trunkOf(request).directory.find(({ id }) => id === extensionId);
    if (extension === undefined) throw new AppError('not-found', 'the trunk has no such extension');
    return extension;
  };
  const router = Router({ mergeParams: true });
  router.get('/', (request, response) => {
    response.json({ items: trunkOf(request).directory });
  });
  router.post('/', async (request, response) => {
    const { id: trunkId } = trunkOf(request);
    const extensionId = await extensions.create(trunkId, parseBody(ExtensionInput, request));
    await configuration.refreshExtension(trunkId, extensionId);
    response
      .status(201)
      .location(`/api/v1/trunks/${trunkId}/extensions/${extensionId}`)
      .json(find(request, extensionId));
  });
  router.get('/:extensionId', (request, response) => {
    response.json(find(request));
  });
  router.patch('/:extensionId', async (request, response) => {
    const { id: extensionId, trunkId } = find(request);
    await extensions.change(trunkId, extensionId, parseBody(ExtensionPatch, request));
    await configuration.refreshExtension(trunkId, extensionId);
    response.json(find(request));
  });
  router.delete('/:extensionId', async (request, response) => {
    const { id: extensionId, trunkId } = find(request);
    await extensions.remove(trunkId, extensionId);
    await configuration.refreshExtension(trunkId, extensionId);
    response.status(204).end();
  });
  return router;
}
