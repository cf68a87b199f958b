/** /numbers: which trunk a phone number belongs to, and which agent answers it. */
import { Router } from 'express';
import type { Configuration } from '../configuration.ts';
import { NumberInput, NumberPatch, type PhoneNumberBinding } from '../contract/number.ts';
import type { NumberStore } from '../db/number-store.ts';
import { AppError } from '../errors.ts';
import { parseBody, pathPart } from './input.ts';

export type NumberRoutes = { configuration: Configuration; numbers: NumberStore };

export function numbersRouter({ configuration, numbers }: NumberRoutes): Router {
  const find = (numberId: string): PhoneNumberBinding => {
    const number = configuration.current.numbers.get(numberId);
    if (number === undefined) throw new AppError('not-found', 'there is no such number');
    return number;
  };
  const router = Router();
  router.get('/', (_request, response) => {
    const items = [...configuration.current.numbers.values()];
    response.json({ items: items.sort((one, other) => one.number.localeCompare(other.number)) });
  });
  router.post('/', async (request, response) => {
    const numberId = await numbers.create(parseBody(NumberInput, request));
    await configuration.refreshNumber(numberId);
    response.status(201).location(`/api/v1/numbers/${numberId}`).json(find(numberId));
  });
  router.get('/:numberId', (request, response) => {
    response.json(find(pathPart(request, 'numberId')));
  });
  router.patch('/:numberId', async (request, response) => {
    const { id: numberId } = find(pathPart(request, 'numberId'));
    await numbers.change(numberId, parseBody(NumberPatch, request));
    await configuration.refreshNumber(numberId);
    response.json(find(numberId));
  });
  router.delete('/:numberId', async (request, response) => {
    const { id: numberId } = find(pathPart(request, 'numberId'));
    await numbers.remove(numberId);
    await configuration.refreshNumber(numberId);
    response.status(204).end();
  });
  return router;
}
