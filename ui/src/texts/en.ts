/** English, one file a part of the UI. */
import { agents } from './en/agents.ts';
import { calls } from './en/calls.ts';
import { common } from './en/common.ts';
import { problems } from './en/problems.ts';
import { session } from './en/session.ts';
import { shell } from './en/shell.ts';

export const en = { agents, calls, common, problems, session, shell };
