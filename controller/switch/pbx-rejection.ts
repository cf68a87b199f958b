/**
 * Why a REGISTER or INVITE on the registrar was refused. address-of-another: it came from an address that is another
 * trunk's alone. without-tls: the trunk is one for TLS, and it came otherwise; over-tls: the reverse. trunk-inactive: it
 * is deactivated; whether the password was right is not known.
 */
export type PbxRejection =
  | 'wrong-password'
  | 'unknown-user'
  | 'address-not-allowed'
  | 'address-of-another'
  | 'without-tls'
  | 'over-tls'
  | 'trunk-inactive';
