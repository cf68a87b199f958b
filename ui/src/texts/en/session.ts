/** Log-in and first run. */
export const session = {
  logIn: 'Log in',
  token: 'API token',
  tokenText: 'Offhook wrote its API token into the file api-token of its data folder when it first started.',
};
