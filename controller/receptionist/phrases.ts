/** What the receptionist says, in US English. Pure: words in, words out. */
import type { TransferResult } from '../contract/call.ts';
import type { DirectoryEntry } from '../contract/extension.ts';

/** `215` → `2 1 5`, so that it is read digit by digit. */
export const spokenDigits = (digits: string): string => digits.split('').join(' ');

/** `Sarah in Accounts`; the department is left out where the name says it. */
export const spokenName = (entry: DirectoryEntry): string => {
  const inName = entry.name.toLowerCase().includes(entry.department.toLowerCase());
  return entry.department === '' || inName ? entry.name : `${entry.name} in ${entry.department}`;
};

/** Names that tell the candidates apart: two who are called the same are told apart by extension. */
const distinctNames = (candidates: readonly DirectoryEntry[]): string[] => {
  const names = candidates.map(spokenName);
  return candidates.map((entry, at) => {
    const name = names[at] ?? entry.name;
    return names.filter((other) => other === name).length > 1
      ? `${name}, extension ${spokenDigits(entry.ext)}`
      : name;
  });
};

const joined = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')}, or ${parts.at(-1)}`;

const question = 'Who would you like to speak to?';

/** The greeting asks by itself, or gets the question after it. */
export const greet = (greeting: string): string => {
  const text = greeting.trim() === '' ? 'Hello. Thank you for calling.' : greeting.trim();
  return text.endsWith('?') ? text : `${text}${/[.!…]$/.test(text) ? '' : '.'} ${question}`;
};

export const phrases = {
  askAfterRestart: `Sorry about that. ${question}`,
  askAgain: (misses: number): string =>
    misses <= 1
      ? `Sorry, I didn't catch that. ${question}`
      : 'I still did not understand, sorry. Please say the name of a person or a department, or enter an extension.',
  askSomeoneElse: question,
  afterNo: `Sorry. ${question}`,
  stillThere: 'Are you still there? Please say a name or a department, or enter an extension.',
  confirm: (entry: DirectoryEntry): string => `${spokenName(entry)}, is that right?`,
  confirmByKey: (entry: DirectoryEntry): string =>
    `Shall I connect you to ${spokenName(entry)}? Please say yes or no, or press 1 for yes, or 2 for no.`,
  choose: (candidates: readonly DirectoryEntry[]): string =>
    `Would you like ${joined(distinctNames(candidates).map((name, at) => `${name}, press ${at + 1}`))}?`,
  tooMany: 'There are several people who fit. Please say the full name, or enter the extension.',
  unknownExtension: (digits: string): string =>
    `There is no extension ${spokenDigits(digits)}. Please say a name, or enter another extension.`,
  noReception: 'Sorry, there is no reception here. Please say a name or a department.',
  connecting: (entry: DirectoryEntry): string => `Connecting you to ${spokenName(entry)}.`,
  connectingFallback: (name: string | null): string =>
    `I'm sorry, I could not help you. I'll connect you to ${name ?? 'someone who can'}.`,
  connectingReception: 'Connecting you to the reception.',
  /** to the person who answers a transfer, where the trunk briefs targets; who calls is said before it */
  toldWords: (words: string): string => `The caller said: ${words.slice(0, 120)}.`,
  toldKeys: (keys: string): string => `The caller pressed ${spokenDigits(keys)}.`,
  toldNotUnderstood: 'The caller could not be understood.',
  toldSilent: 'The caller does not answer.',
  toldTried: (name: string, result: TransferResult): string => `${name} was tried before: ${result}.`,
  goodbye: "I'm sorry that I couldn't help you. Please call again later. Goodbye.",
  goodbyeSilent: 'I cannot hear you, so I will hang up now. Please call again. Goodbye.',
} as const;

/** Why a transfer did not come about, for the one who waits for it. */
export const transferFailed = (name: string, result: TransferResult): string => {
  switch (result) {
    case 'busy':
      return `The line of ${name} is busy.`;
    case 'no answer':
      return `There is no answer from ${name}.`;
    case 'declined':
      return `${name} cannot take your call right now.`;
    case 'not permitted':
      return `I am not allowed to connect you to ${name}.`;
    case 'no such extension':
      return `The extension of ${name} is not available.`;
    case 'PBX silent':
    case 'transferred':
    case 'caller gone':
      return `I could not reach ${name}.`;
  }
};
