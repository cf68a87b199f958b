/** What a trunk's status says, and what it advises. */
export const trunkStatus = {
  connecting: 'Connecting',
  registered: 'Registered as ext {extension}',
  failed: 'Failed — {reason:failureReason}',
  waiting: 'Waiting for PBX',
  active: 'Active',
  inactive: 'Inactive',
} as const;

/** Why a registration failed. */
export const failureReason = {
  authentication: 'Authentication required',
  forbidden: 'Forbidden (403)',
  unknownExtension: 'Unknown extension (404)',
  noAnswer: 'No answer from the PBX',
  refused: 'Connection refused',
  nameNotFound: 'Name not found',
  configuration: 'The switch did not take the change',
  answered: 'The PBX answered {status}',
  other: 'The registration did not work',
  tlsExpired: 'TLS: the certificate of {domain} expired on {day:day}',
  tlsNotYetValid: 'TLS: the certificate of {domain} is valid only from {day:day}',
  tlsWrongName: 'TLS: the certificate of {domain} is made out to {names}',
  tlsNoName: 'TLS: the certificate of {domain} is made out to no name',
  tlsSelfSigned: 'TLS: the certificate of {domain} is self-signed',
  tlsUnknownAuthority:
    'TLS: the certificate of {domain} comes from an authority that is not trusted ({authority})',
  tlsNamelessAuthority:
    'TLS: the certificate of {domain} comes from an authority that is not trusted (no name)',
  noTls: 'TLS: {place} does not speak TLS',
  tlsHandshake: 'TLS: no secure connection to {domain}',
} as const;

/** What to check when a registration failed, by the same names. */
export const failureAdvice = {
  authentication:
    'The PBX did not accept the username or password of extension {extension}. Enter them again as the PBX shows them (some PBXes use an authentication ID of their own), then press Re-register.',
  forbidden:
    'The PBX knows who we are and does not let us register. Check on the PBX that extension {extension} is enabled, may register from this network, and that our address is not blocked.',
  unknownExtension:
    'The PBX has no extension {extension}, or serves another SIP domain than {domain}. Check the extension number and the PBX SIP Domain.',
  noAnswer:
    "Nothing came back from {place} over {transport}. Check the PBX SIP Domain, port and transport, and that the PBX's firewall lets this machine in.",
  refused:
    "{domain} is there, but nothing listens on port {port} over {transport}. Check port and transport, and that the PBX's SIP service runs.",
  nameNotFound:
    "DNS has no address for {domain}. Check the spelling of the PBX SIP Domain, and that this machine's DNS can resolve it.",
  configuration: 'What was there before is live still. The switch said: {said}',
  other: 'The PBX or the switch said: {said}',
  tlsExpired: "Renew the PBX's certificate, or have it renewed by itself, then press Re-register.",
  tlsNotYetValid: "Check the clock of the PBX and of this machine, and the certificate's dates.",
  tlsWrongName:
    'Enter the name of the certificate as the PBX SIP Domain, or give the PBX a certificate for {domain}.',
  tlsSelfSigned:
    "Paste the PBX's certificate (PEM) into this trunk as trusted certificate, or give the PBX one of a public authority.",
  tlsUnknownAuthority:
    "Paste that authority's certificate (PEM) into this trunk as trusted certificate. Where it is there already, the PBX may be sending no intermediate certificate: let it send the whole chain.",
  noTls:
    'Something answers there, but not with TLS. Check the port (5061 is usual for TLS), that TLS is turned on at the PBX, or choose UDP or TCP.',
  tlsHandshake:
    'The TLS handshake failed: {said}. Offhook speaks TLS 1.2 and 1.3: check that the PBX allows one of them and asks for no client certificate.',
  switchUnreachable: 'The switch cannot be reached: {said}',
} as const;

/** What to check on a SIP trunk. */
export const sipTrunkAdvice = {
  notTaken: 'The switch did not take this trunk: {said}',
  expired:
    'The PBX did not refresh its registration, which ended {time:elapsed} ago. Check that the PBX runs, and that its firewall keeps the port open between two registrations.',
  takenBack:
    'The PBX took its registration back {time:elapsed} ago. Check that the trunk is enabled on the PBX.',
  onlyCalls:
    'The PBX is not registered, and its last call was {time:elapsed} ago. One that only sends calls is shown as Active for an hour after each.',
  nothingYet:
    'Nothing has come from the PBX yet. Enter the values of the guide there; it must reach this machine on the port that the guide names.',
  untrusted:
    'A PBX that does not trust Offhook’s certificate breaks the TLS connection off before it says who it is: its own log names the certificate then; download it under Connection details.',
} as const;

/** How a PBX, or somebody, was turned away. */
export const pbxRejected = {
  'wrong-password': 'The PBX tried with a wrong password {time:elapsed} ago from {address}.',
  'address-not-allowed':
    "Somebody used this trunk's username {time:elapsed} ago from {address}, an address that is not allowed.",
  'address-of-another':
    "The PBX called {time:elapsed} ago from {address}, an address on another trunk's IP allowlist.",
  'unknown-user': 'Somebody tried with an unknown username {time:elapsed} ago from {address}.',
  'without-tls': 'The PBX came without TLS {time:elapsed} ago from {address}, and this trunk takes TLS only.',
  'over-tls':
    'The PBX came over TLS {time:elapsed} ago from {address}, and this trunk is set to another transport.',
  'trunk-inactive': 'The PBX tried {time:elapsed} ago from {address}, while this trunk was deactivated.',
} as const;

/** The same as an entry of Diagnostics. */
export const rejectionEvent = {
  'wrong-password': 'The PBX tried to register with a wrong password',
  'address-not-allowed': "This trunk's username was used from an address that is not allowed",
  'address-of-another': "The PBX called from an address on another trunk's IP allowlist",
  'unknown-user': 'A registration was tried with an unknown username',
  'without-tls': 'The PBX came without TLS, and this trunk takes TLS only',
  'over-tls': 'The PBX came over TLS, and this trunk is set to another transport',
  'trunk-inactive': 'The PBX was refused: this trunk is deactivated',
} as const;

export const rejectionAdvice = {
  'wrong-password':
    'Copy the password into the PBX again; when nobody has it any more, rotate it and enter the new one.',
  'address-not-allowed': 'If that is the PBX, add the address to the allowed addresses.',
  'address-of-another':
    'Such an address is asked for no password, so its calls can only be that trunk’s: take it off that list, or set both trunks to credentials and allowlist.',
  'unknown-user': 'If that is the PBX, copy the username into its Authentication ID again.',
  'without-tls': 'Set the transport of the trunk on the PBX to TLS, with the TLS port that the guide names.',
  'over-tls':
    'Set this trunk’s transport to TLS here, or the PBX’s to UDP or TCP with the port that the guide names.',
  'trunk-inactive': 'Activate the trunk, or take it out of the routes of the PBX.',
} as const;

/** Troubles of the switch, in the Diagnostics of every trunk. */
export const switchEvent = { lost: 'No connection to the switch: {said}' } as const;

/** How long ago. */
export const elapsed = { seconds: '{count} s', minutes: '{count} min', hours: '{count} h' } as const;

/** A day of a certificate. */
export const day = {
  '01': '{day} January {year}',
  '02': '{day} February {year}',
  '03': '{day} March {year}',
  '04': '{day} April {year}',
  '05': '{day} May {year}',
  '06': '{day} June {year}',
  '07': '{day} July {year}',
  '08': '{day} August {year}',
  '09': '{day} September {year}',
  '10': '{day} October {year}',
  '11': '{day} November {year}',
  '12': '{day} December {year}',
} as const;
