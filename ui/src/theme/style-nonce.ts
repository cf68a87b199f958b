/** The nonce that this page's policy wants on styles written at run time; Vite and the controller put it into the page. */
export const styleNonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
