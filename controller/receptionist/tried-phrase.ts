/** A caller's words, typed instead of spoken → what the receptionist's own dialogue would do with them. Pure. */
import type { DirectoryEntry } from '../contract/extension.ts';
import type { TriedPhrase } from '../contract/try-phrase.ts';
import type { PreparedDirectory } from '../directory/resolver.ts';
import { next, type Settings, start } from './dialogue.ts';
import { understand } from './speech/understand.ts';

export const tryPhrase = (phrase: string, directory: PreparedDirectory, settings: Settings): TriedPhrase => {
  const words = (phrase.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []).map((token) => ({
    token,
    probability: 1,
  }));
  const byExt = new Map(directory.entries.map((entry) => [entry.ext, entry]));
  const understanding = understand(words, directory);
  const { state, actions } = next(start, { type: 'heard', understanding }, { settings, byExt });
  const says = actions.flatMap((action) => (action.do === 'say' ? [action.text] : [])).join(' ');
  switch (state.at) {
    case 'transferring':
      return { does: 'transfer', says, entries: shown([byExt.get(state.ext)]), ext: state.ext };
    case 'confirming':
      return { does: 'confirm', says, entries: shown([state.entry]), ext: null };
    case 'choosing':
      return { does: 'choose', says, entries: shown(state.candidates), ext: null };
    case 'listening': {
      // more fit than it would read out
      const several = understanding.meaning.is === 'several' ? understanding.meaning.exts : [];
      return { does: 'ask again', says, entries: shown(several.map((ext) => byExt.get(ext))), ext: null };
    }
    case 'over':
      return { does: 'give up', says, entries: [], ext: null };
  }
};

const shown = (entries: readonly (DirectoryEntry | undefined)[]): TriedPhrase['entries'] =>
  entries.flatMap((entry) =>
    entry === undefined
      ? []
      : [{ ext: entry.ext, name: entry.name, owner: entry.owner, department: entry.department }],
  );
