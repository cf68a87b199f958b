/** /settings: what an administrator sets for the whole workspace. */
import type { Configuration } from '../configuration.ts';
import { SettingsAnswer } from '../contract/answers.ts';
import { SettingsPatch } from '../contract/settings.ts';
import { AppError } from '../errors.ts';
import { isCountry } from '../numbers/normalise.ts';
import type { StoresOf } from '../open-stores.ts';
import { admin, viewer } from './caller.ts';
import { type Route, route } from './route.ts';

export type SettingsRoutes = { configuration: Configuration; stores: StoresOf };

export function settingsRoutes({ configuration, stores }: SettingsRoutes): Route[] {
  const tag = 'Settings';
  const shown = (workspaceId: string) => {
    const { settings, version } = configuration.of(workspaceId);
    return { body: settings, version };
  };
  return [
    route({
      method: 'get',
      path: '/settings',
      id: 'getSettings',
      tag,
      summary: 'The settings of the workspace',
      access: viewer('settings:read'),
      answer: SettingsAnswer,
      handle: ({ workspaceId }) => shown(workspaceId),
    }),
    route({
      method: 'patch',
      path: '/settings',
      id: 'changeSettings',
      tag,
      summary: 'Change the settings; what is left out stays',
      access: admin('settings:write'),
      body: SettingsPatch,
      answer: SettingsAnswer,
      handle: async ({ workspaceId, body, commit }) => {
        const { defaultCountry } = body;
        if (typeof defaultCountry === 'string' && !isCountry(defaultCountry)) {
          const text = `${defaultCountry} is no country with phone numbers of its own`;
          throw new AppError('invalid-input', `defaultCountry: ${text}`, {
            fields: { defaultCountry: text },
          });
        }
        await commit('workspace', workspaceId, () => stores(workspaceId).settings.change(body));
        await configuration.refreshWorkspace(workspaceId);
        return shown(workspaceId);
      },
    }),
  ];
}
