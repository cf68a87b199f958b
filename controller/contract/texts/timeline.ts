/**
 * The lines of a call's timeline. What somebody said, and what was announced to him, is none of them: that is in the
 * language of the call. `said` quotes an error as it came.
 */
export const timelineLine = {
  offered: 'Call to {number}',
  offeredBrowser: 'Test conversation from the browser',
  ready: '{agent} is ready',
  answered: 'Answered',
  interrupted: 'The caller interrupted',
  dtmf: 'Caller pressed {digit}',
  transferring: 'Transferring to {target}',
  transferResult: 'Transfer to {target}: {result:transferResult}',
  transferFailed: 'Transfer to {target} could not be carried out',
  transferInTest: 'Transfer to {target}: not permitted, this is a test conversation',
  briefing: 'To {target}: {said}',
  died: 'The agent failed in the middle of the call',
  'died because': 'The agent failed in the middle of the call: {why:botTrouble}',
  'never started': 'The agent did not start',
  'never started because': 'The agent did not start: {why:botTrouble}',
  cannotGoOn: 'Offhook could not go on: {said}',
  agentLost: 'The bot was lost: {why:botTrouble}',
  agentBack: 'The bot is connected again',
  agentQuiet: 'The bot has gone quiet: {why:botTrouble}',
  audioAhead: 'The agent sent more audio ahead than is kept: what is too much is not played',
  personLost: 'The connection to {person} was lost',
  recorded: 'The call is recorded',
  recordingGoesOn: 'The recording goes on',
  recordingStopped: 'Recording stopped: {why:recordingTrouble}',
  notRecorded: 'Not recorded: the caller could not be told ({why:noticeTrouble})',
  takenOver: '{person} took over',
  handedBack: '{agent} has the caller back',
  takenUpAgain: 'Taken up again after a restart of the controller',
  foundAndEnded: 'Found after a restart of the controller, and ended: {reason:refusal}',
  foundBridged: 'Found after a restart of the controller, talking to {target}',
} as const;

/** What a bot did, or did not; `said` is its own. */
export const botTrouble = {
  notBack: 'it did not come back: {why:botTroubleBefore}',
  notAnswering: 'it has not answered the caller for {seconds} s',
  notAnsweringAgain: 'it has not answered the caller for {seconds} s, for the second time',
  saidNothing: 'it has said nothing for {seconds} s',
  http: 'it answered with HTTP {status}',
  notReading: 'it stopped reading',
  notHeard: 'nothing was heard of it for {seconds} s',
  closed: 'it closed the connection with code {code}',
  handshake: 'it did not answer the handshake in time',
  notReady: 'it was not ready within {seconds} s',
  notReadyAtAll: 'not ready within {seconds} s',
  notUnderstood:
    'it sent more than {count} messages in a short time that cannot be understood, the last: {said}',
  cannotHear: 'it cannot hear any more: {said}',
  tooLong: 'it sent a message that is too long',
  tooMany: 'it sent more messages than can be taken',
  says: 'it says: {said}',
  serverSays: 'the server says: {said}',
  cannotSpeak: 'it cannot speak any more: {said}',
  other: '{said}',
} as const;

/** Why it broke off before it did not come back. */
export const botTroubleBefore = {
  again: 'it broke off again and again',
  http: botTrouble.http,
  closed: botTrouble.closed,
  handshake: botTrouble.handshake,
  other: '{said}',
} as const;

/** Why the notice of a recording was not spoken. */
export const noticeTrouble = {
  language: 'our own sentence is English, and the agent speaks {language}',
  speech: 'speech does not work',
} as const;

/** Why a recording stopped. */
export const recordingTrouble = { notWritten: 'the recording cannot be written: {said}' } as const;

/** What became of a tool that an agent used. */
export const toolResult = {
  transferred: 'transferred',
  busy: 'busy',
  'no answer': 'no answer',
  declined: 'declined',
  'not permitted': 'not permitted',
  'no such extension': 'no such extension',
  'PBX silent': 'PBX silent',
  'caller gone': 'caller gone',
  ambiguous: 'ambiguous',
  'not in the directory': 'not in the directory',
  'hung up': 'hung up',
  sent: 'sent',
  'not allowed': 'not allowed',
  'wrong input': 'wrong input',
  failed: 'failed',
} as const;
