/** Log-in and first run. */
export const session = {
  logIn: 'Log in',
  logInText: 'With the account that your administrator made for you.',
  notIn: 'You are not logged in',
  firstRun: 'Welcome to Offhook',
  firstRunText: 'Create the administrator. Everybody else is invited by him or her later.',
  name: 'Your name',
  email: 'E-mail address',
  password: 'Password',
  passwordText: 'At least 10 characters. A sentence is good.',
  token: 'Installation token',
  tokenText:
    'You are on another machine than Offhook: enter the content of the file api-token in its data folder, to show that it is yours.',
  create: 'Create administrator',
  readOnly: (role: string) => `You may look. Changing anything here takes the role ${role}.`,
};
