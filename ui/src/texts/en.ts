/** English, one file a part of the UI. */
import { agents } from './en/agents.ts';
import { audio } from './en/audio.ts';
import { calls } from './en/calls.ts';
import { common } from './en/common.ts';
import { dashboards } from './en/dashboards.ts';
import { diagnostics } from './en/diagnostics.ts';
import { directory } from './en/directory.ts';
import { forms } from './en/forms.ts';
import { numbers } from './en/numbers.ts';
import { problems } from './en/problems.ts';
import { session } from './en/session.ts';
import { settings } from './en/settings.ts';
import { shell } from './en/shell.ts';
import { start } from './en/start.ts';
import { trunks } from './en/trunks.ts';
import { validation } from './en/validation.ts';

export const en = {
  settings,
  agents,
  audio,
  calls,
  common,
  dashboards,
  diagnostics,
  directory,
  forms,
  numbers,
  problems,
  session,
  shell,
  start,
  trunks,
  validation,
};
