/** Turns what the database refuses into words for whoever asked. Knows the constraints' names, no query. */
import { AppError } from '../errors.ts';
import { violatedConstraint } from './failure.ts';

/** What each constraint means when a row is written. Names as in prisma/migrations. */
const writing: Record<string, () => AppError> = {
  trunk_workspace_id_name_key: () => conflict('name', 'there is already a trunk with this name'),
  trunk_workspace_id_domain_port_extension_key: () =>
    conflict('extension', 'another trunk is already this extension on the same PBX'),
  trunk_registrar_username_key: () =>
    conflict('username', 'another trunk of this Offhook has this SIP username'),
  trunk_agent_id_fkey: () => unknown('agentId', 'there is no such agent'),
  extension_trunk_id_ext_key: () => conflict('ext', 'the trunk already has this extension'),
  extension_trunk_id_fkey: () => new AppError('not-found', 'there is no such trunk'),
  agent_workspace_id_name_key: () => conflict('name', 'there is already an agent with this name'),
  webhook_workspace_id_name_key: () => conflict('name', 'there is already a webhook with this name'),
  number_workspace_id_digits_key: () => conflict('number', 'this number is already there'),
  number_trunk_id_fkey: () => unknown('trunkId', 'there is no such trunk'),
  user_account_email_key: () => conflict('email', 'there is already an account with this e-mail address'),
  membership_pkey: () => conflict('email', 'this user belongs to the workspace already'),
  api_token_workspace_id_name_key: () => conflict('name', 'there is already an API token with this name'),
  number_agent_id_fkey: () => unknown('agentId', 'there is no such agent'),
};

const conflict = (field: string, text: string) =>
  new AppError('conflict', text, { fields: { [field]: text } });
const unknown = (field: string, text: string) =>
  new AppError('invalid-input', text, { fields: { [field]: text } });

/** Awaits a write; `what` is not there → `not-found`, a violated constraint → its words. */
export async function written<T>(what: string, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (thrown) {
    const violated = violatedConstraint(thrown);
    const words = violated === null ? undefined : writing[violated.name];
    if (words !== undefined) throw words();
    // Prisma: an operation failed because a record that it needs was not found
    if ((thrown as { code?: unknown }).code === 'P2025') {
      throw new AppError('not-found', `there is no such ${what}`);
    }
    throw thrown;
  }
}
