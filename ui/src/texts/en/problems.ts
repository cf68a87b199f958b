/** What went wrong, and what to do about it, where the controller's own words are not enough. */
export const problems = {
  title: 'This did not work',
  unreachable:
    'Offhook cannot be reached. The controller may be restarting, or the network is down. Calls in progress go on.',
  unreachableDo: 'It is tried again as soon as the connection is back.',
  notJson: (status: number) =>
    `The server answered something that is not Offhook (HTTP ${status}). Is a proxy in between?`,
  'database-down':
    'The database cannot be reached. Calls go on with the configuration as it was; changes have to wait.',
  'switch-down':
    'The switch cannot be reached. It is being connected to again by itself; try again in a moment.',
  internal: 'Offhook made a mistake. The log of the controller has the details under the number below.',
  fillIn: 'Fill this in.',
  screen: 'This screen could not be shown',
  screenDo: 'Try again. When it stays so, reload the page: Offhook may have been upgraded meanwhile.',
  reload: 'Reload the page',
};
