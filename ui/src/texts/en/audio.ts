/** The browser's microphone and loudspeaker: listening to calls, taking them over, talking to agents. */
export const audio = {
  bar: 'Audio',
  listen: 'Listen in',
  takeOver: 'Take over',
  talk: 'Talk to this agent',
  handBack: 'Hand back',
  handBackHint: 'The agent goes on with the caller',
  stopListening: 'Stop listening',
  hangUp: 'Hang up',
  mute: 'Mute',
  unmute: 'Unmute',
  showCall: 'Show the call',
  dismiss: 'Close',
  with: {
    listen: (who: string) => `Listening to ${who}`,
    'take over': (who: string) => `You talk to ${who}`,
    talk: (who: string) => `Test call to ${who}`,
  },
  phases: {
    microphone: 'Waiting for the microphone: your browser asks whether this page may use it',
    connecting: 'Connecting',
    ringing: 'The agent gets ready',
    on: 'Connected',
    muted: 'Connected, your microphone is muted',
    reconnecting: 'The connection was lost. The caller was asked to wait; trying again',
    over: 'Over',
  },
  ends: {
    'call over': 'The call is over',
    'handed back': 'The agent has the caller again',
    'no longer allowed': 'Your role does not allow this any more',
    stopping: 'Offhook is being restarted',
  },
  failures: {
    insecure:
      'Browsers give the microphone only to pages that come over HTTPS. Open Offhook by its https:// address.',
    refused:
      'This page may not use the microphone. Allow it with the sign beside the address of this page, then try again.',
    none: 'There is no microphone. Connect one, then try again.',
    busy: 'The microphone cannot be used: another program may have it. Close that one, then try again.',
    sound: 'This browser plays no sound here. Try a current Chrome, Firefox, Edge or Safari.',
    lost: 'The connection was lost. An agent that had its caller taken over has him again.',
    offline: 'Offhook cannot be reached. Check the connection, then try again.',
  },
  levels: {
    title: 'Audio levels',
    caller: 'Caller',
    agent: 'Agent',
    person: 'You or a colleague',
    decibels: (db: number, quietest: number) => (db <= quietest ? 'silent' : `${db} dB`),
  },
  takenOver: (who: string) => `${who} talks to the caller`,
};
