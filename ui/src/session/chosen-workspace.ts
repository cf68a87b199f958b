/** Which workspace this browser shows, for accounts that may enter several. */
const key = 'offhook-workspace';

export const chosenWorkspace = (): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

export const rememberWorkspace = (workspaceId: string | null): void => {
  try {
    if (workspaceId === null) localStorage.removeItem(key);
    else localStorage.setItem(key, workspaceId);
  } catch {
    // a browser that keeps nothing stays in the first one
  }
};
