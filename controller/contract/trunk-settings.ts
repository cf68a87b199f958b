/**
 * What every trunk is set to, whatever its connection type: one list for the answers of the API and for the form, so that
 * neither lets out or forgets what the other has. Who uses it adds what is its own.
 */
import type { ExtensionTrunkInput, SipTrunkInput } from './trunk.ts';

const settings = [
  'name',
  'pbxType',
  'domain',
  'port',
  'transport',
  'tlsVerify',
  'tlsCaPem',
  'mediaEncryption',
  'codecs',
  'concurrentCallLimit',
  'transferMode',
  'briefTarget',
  'allowAnyExtension',
  'allowOutsideTransfers',
  'agentId',
  'username',
] as const satisfies readonly (keyof ExtensionTrunkInput & keyof SipTrunkInput)[];
type Setting = (typeof settings)[number];

/** These fields and no others. */
export const settingsOf = <Trunk extends Record<Setting, unknown>>(trunk: Trunk): Pick<Trunk, Setting> =>
  Object.fromEntries(settings.map((name) => [name, trunk[name]])) as Pick<Trunk, Setting>;
