/** /settings: what an operator sets for the whole workspace. */
import { Router } from 'express';
import type { Configuration } from '../configuration.ts';
import { SettingsPatch } from '../contract/settings.ts';
import { defaultWorkspaceId } from '../db/database.ts';
import type { SettingsStore } from '../db/settings-store.ts';
import { AppError } from '../errors.ts';
import { isCountry } from '../numbers/normalise.ts';
import { parseBody } from './input.ts';

export type SettingsRoutes = { configuration: Configuration; settings: SettingsStore };

export function settingsRouter({ configuration, settings }: SettingsRoutes): Router {
  const router = Router();
  router.get('/', (_request, response) => {
    response.json(configuration.of(defaultWorkspaceId).settings);
  });
  router.patch('/', async (request, response) => {
    const patch = parseBody(SettingsPatch, request);
    const { defaultCountry } = patch;
    if (typeof defaultCountry === 'string' && !isCountry(defaultCountry)) {
      const text = `${defaultCountry} is no country with phone numbers of its own`;
      throw new AppError('invalid-input', `defaultCountry: ${text}`, { fields: { defaultCountry: text } });
    }
    await settings.change(patch);
    await configuration.refreshWorkspace(defaultWorkspaceId);
    response.json(configuration.of(defaultWorkspaceId).settings);
  });
  return router;
}
