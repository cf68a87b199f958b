/** Whether this browser has seen the way to the first call gone to its end: from then on the live calls come first. */
const key = 'offhook-started';

export const rememberFinished = (): void => {
  try {
    localStorage.setItem(key, 'yes');
  } catch {
    // a browser that keeps nothing begins at the checklist
  }
};

export const isFinished = (): boolean => {
  try {
    return localStorage.getItem(key) === 'yes';
  } catch {
    return false;
  }
};
