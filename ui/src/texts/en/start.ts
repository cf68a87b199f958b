/** The way from an empty Offhook to the first answered call. */
export const start = {
  title: 'Get started',
  text: 'From here to the first answered call. Each step ticks itself as soon as it is done.',
  agentName: 'Front desk',
  progress: (done: number, all: number) => `${done} of ${all} done`,
  stateDone: 'Done',
  stateNext: 'Next',
  stateLater: 'Later',
  finished: 'Offhook answers your calls',
  finishedText:
    'Everything is set up. Follow your calls as they are talked, check everything with Validate, or bind numbers.',
  toLive: 'See live calls',
  demo: {
    trunk: 'Demo PBX',
    question: 'No PBX at hand?',
    start: 'Use a demo PBX',
    text: 'A real Asterisk with three phones on Offhook’s own machine, connected in a few seconds. It ends when Offhook stops.',
    caller: 'The demo PBX has a caller, too.',
    call: 'Let the demo caller call',
  },
  steps: {
    connect: {
      title: 'Connect your PBX',
      text: 'Make an extension on it as for a new desk phone, and enter its values here.',
      action: 'Connect a PBX',
    },
    registered: {
      title: 'Wait until it is connected',
      text: 'Offhook registers on the PBX, or the PBX on Offhook. It takes seconds; when it does not work, the reason is shown.',
      action: 'See the status',
    },
    agent: {
      title: 'Link an agent',
      text: 'The built-in receptionist understands whom callers want and needs no account anywhere.',
      action: 'Choose an agent',
    },
    directory: {
      title: 'Add whom callers can reach',
      text: 'Names, departments and what people call them. The agent never dials anything else.',
      action: 'Fill the directory',
    },
    call: {
      title: 'Make the first call',
      text: 'Dial the extension, or a number that the PBX sends to Offhook.',
      dial: (ext: string) => `Dial ${ext} from any phone of the PBX and say whom you want to speak to.`,
      action: 'Watch live calls',
    },
    transfer: {
      title: 'Be put through',
      text: 'Ask for somebody in the directory: that phone rings.',
      action: 'Watch live calls',
    },
  },
};
