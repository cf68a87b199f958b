/** /numbers: which trunk a phone number belongs to, and which agent answers it. */
import { Router } from 'express';
import type { Configuration } from '../configuration.ts';
import { NumberInput, NumberPatch, type PhoneNumberBinding } from '../contract/number.ts';
import { defaultWorkspaceId } from '../db/database.ts';
import type { NumberStore } from '../db/number-store.ts';
import { AppError } from '../errors.ts';
import { normaliseNumber } from '../numbers/normalise.ts';
import { parseBody, pathPart } from './input.ts';

export type NumberRoutes = { configuration: Configuration; numbers: NumberStore };

export function numbersRouter({ configuration, numbers }: NumberRoutes): Router {
  const find = (numberId: string): PhoneNumberBinding => {
    const number = configuration.current.numbers.get(numberId);
    if (number === undefined) throw new AppError('not-found', 'there is no such number');
    return number;
  };
  const normalised = (text: string): string => {
    const { defaultCountry } = configuration.of(defaultWorkspaceId).settings;
    const number = normaliseNumber(text, defaultCountry);
    if (number !== null) return number;
    const words =
      defaultCountry === null
        ? 'a whole number with its country code, such as +27 87 250 0100 (no default country is set)'
        : `a whole number of ${defaultCountry}, or one with its country code, such as +27 87 250 0100`;
    throw new AppError('invalid-input', `number: ${words}`, { fields: { number: words } });
  };
  const router = Router();
  router.get('/', (_request, response) => {
    const items = [...configuration.current.numbers.values()];
    response.json({ items: items.sort((one, other) => one.number.localeCompare(other.number)) });
  });
  // also "Connect PBX Extension": trunk, number, agent and label in one row, or nothing
  router.post('/', async (request, response) => {
    const input = parseBody(NumberInput, request);
    const numberId = await numbers.create({ ...input, number: normalised(input.number) });
    await configuration.refreshNumber(numberId);
    response.status(201).location(`/api/v1/numbers/${numberId}`).json(find(numberId));
  });
  router.get('/:numberId', (request, response) => {
    response.json(find(pathPart(request, 'numberId')));
  });
  router.patch('/:numberId', async (request, response) => {
    const { id: numberId } = find(pathPart(request, 'numberId'));
    const patch = parseBody(NumberPatch, request);
    const number = patch.number === undefined ? undefined : normalised(patch.number);
    await numbers.change(numberId, { ...patch, number });
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
