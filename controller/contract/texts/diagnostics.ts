/** How a trunk or a number is, in its Diagnostics. */
export const diagnosed = {
  inactive: 'The trunk is deactivated',
  activate: 'Activate the trunk: until then it takes no calls.',
  answeredBy: 'Answered by {agent}',
  answeredByTrunk: "Answered by the trunk's agent {agent}",
  noAgentOfTrunk: 'No agent is linked to the trunk',
  noAgentOfNumber: 'Neither the number nor its trunk has an agent',
  linkAgent: 'Link an agent on the Telephony tab; calls are refused until then.',
} as const;

/** Whether a PBX's, or our, username and password are right, and how that is known. */
export const credentialsWhy = {
  accepted: 'The PBX accepted the registration (since {since}).',
  refused: 'The PBX refused the username or password.',
  notSoFar: 'The registration did not come as far as the password: {status:trunkStatus}.',
  registeredHere: 'The PBX registered here with its password.',
  onlyCalls: 'The PBX sends calls without registering: no password is used.',
  notRegistered: 'The PBX is not registered here.',
  notAnswered: 'The PBX has not answered the registration yet.',
  inactive: 'The trunk is deactivated and does not register.',
} as const;
