/** The API token that whoever has no account logs in with; it lives as long as the tab. */
const key = 'offhook-token';

export const currentToken = (): string | null => sessionStorage.getItem(key);

export const keepToken = (token: string | null): void => {
  if (token === null) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, token);
};
