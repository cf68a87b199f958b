/** What Validate found at its nine points, what to do about it, and what it asks somebody to do meanwhile. */
export const validationFound = {
  active: 'The trunk is active.',
  inactive: 'The trunk is deactivated.',
  notRegistering: 'A deactivated trunk does not register.',
  assigned: 'Assigned here: {numbers}.',
  noNumberBound: 'No number is bound: callers dial extension {extension}.',
  noNumber: 'No number belongs to this trunk.',
  directory: '{count} extensions can be transferred to.',
  directoryEmpty: 'The directory has no enabled extension.',
  agent: '{agent} answers.',
  noAgent: 'No agent is linked to the trunk.',
  status: '{status:trunkStatus}.',
  callsOnly: '{status:trunkStatus}: a PBX that only sends calls does not register.',
  route: 'The PBX brought the call for {number} here.',
  elseAnsweredExtension:
    'Something else at the PBX answered extension {number}: a voice mail, an announcement or another phone.',
  elseAnsweredNumber:
    'Something else at the PBX answered {number}: a voice mail, an announcement or another phone.',
  refusedExtension: 'The PBX answered {sipStatus} to the call of extension {number} to itself.',
  refusedNumber: 'The PBX answered {sipStatus} to the call of Offhook to {number}.',
  lostExtension: 'The PBX did not bring the call of extension {number} to itself here in {seconds} s.',
  lostNumber: 'The PBX did not bring the call of Offhook to {number} here in {seconds} s.',
  noCall: 'No call came within {seconds} seconds.',
  heard: '{agent} was heard on the test leg.',
  heardBoth: 'The agent spoke, and audio came from the phone.',
  testCall: '{said:testCallFailed}.',
  testCallEnded: '{said:testCallFailed}: {outcome:outcome}.',
  noTarget: 'No extension was chosen to ring.',
  transferred: 'The PBX took the call over for {ext}. Did that phone ring? No PBX says it of every phone.',
  notTransferred: 'The transfer to {ext} ended as: {result:transferResult}.',
  recorded:
    'Recorded as "{outcome:outcome}". The PBX\'s own records can be compared by the time and extension.',
  recordedTransfer:
    'Recorded as "{outcome:outcome}", with the transfer. The PBX\'s own records can be compared by the time and extension.',
  noRecord: 'The test call is not in the history.',
  noTransferRecord: 'The transfer is not in the history.',
  pointless: 'A point before it failed, without which no call can come.',
  notHere: 'The test call did not come here.',
  noCallCame: 'No call came.',
  notReached: 'The test call did not reach the agent.',
  notTried: 'It did not come to this.',
  restarted: 'Offhook was restarted in the middle of it.',
  broken: 'It could not be carried out: {said}',
} as const;

export const testCallFailed = {
  notAnswered: 'The call was not answered',
  notHeard: 'The agent answered, but was not heard',
  agentSilent: 'The agent said nothing',
  phoneSilent: 'No audio came from the phone',
} as const;

export const validationCheck = {
  activate: 'Activate the trunk.',
  bindNumber: 'Connect a number if people are to call from outside.',
  enterNumbers:
    "Enter the DIDs that the PBX sends down the trunk under Numbers, as in the PBX's own DIDs tab.",
  fillDirectory: 'Add the extensions that callers may be put through to, one at a time or by CSV.',
  linkAgent: 'Link one on its Telephony tab.',
  mendFirst: 'Mend that first.',
  noRegistration: 'The PBX has not answered; check domain, port and firewall.',
  byHand: 'Start again with "Call in yourself" and call {number} from any phone.',
  forwards: 'Take forwards and follow-me off the extension on the PBX, and let it ring at least 20 s.',
  lead: 'Lead {number} to this trunk on the PBX.',
  selfCall: 'Some PBXes refuse a call of an extension to itself; else its route on the PBX leads elsewhere.',
  asCarrier:
    'The PBX has to take calls from Offhook on this trunk, as from a carrier, and lead the number back to it.',
  audio:
    'Check that the agent speaks first, and that RTP can pass both ways between the PBX and this machine.',
  route:
    'Check that the PBX routes {place:calledPlace} to this trunk, and that the trunk is registered there.',
  mendRoute: 'Mend the route, then start again.',
  chooseTarget: 'Start again with the extension of a phone that you can hear.',
  database: 'Look at /readyz: is the database there?',
  log: 'Look at the log at that time.',
  readyz: 'Look at /readyz and the log, then start again.',
  startAgain: 'Start the validation again.',
  mendFailed: 'Mend what failed before, then start again.',
} as const;

export const validationInstruction = {
  call: 'Call {place:calledPlace} from any phone now; it is waited for {seconds} seconds.',
  speak: 'Say something and stay on the line.',
  hangUp: 'You may hang up now.',
} as const;

/** What somebody calls: one of the numbers, or whatever reaches the trunk. */
export const calledPlace = { trunk: 'the trunk', number: '{number}' } as const;
