/** A trunk's directory. */
export const directory = {
  text: 'The people and departments that callers can be put through to. The agent never dials anything else.',
  add: 'Add extension',
  search: 'Search name, owner, department, alias or extension',
  none: 'The directory is empty',
  noneDo: 'Add the extensions that callers ask for, one at a time or from a CSV file.',
  noMatch: 'Nothing fits the search',
  columns: {
    ext: 'Ext',
    name: 'Name',
    owner: 'Owner',
    department: 'Department',
    aliases: 'Aliases',
    enabled: 'Enabled',
    actions: 'Actions',
  },
  aliasPlaceholder: 'Type and press Enter',
  editRow: (name: string) => `Edit ${name}`,
  deleteRow: (name: string) => `Delete ${name}`,
  deleteTitle: (name: string) => `Delete ${name}?`,
  deleteText: 'Callers can no longer be put through to it by name.',
  enabledOf: (name: string) => `${name} can be asked for`,
  count: (shown: number, all: number) => {
    const entries = all === 1 ? 'entry' : 'entries';
    return shown === all ? `${all} ${entries}` : `${shown} of ${all} ${entries}`;
  },
  pages: 'Pages of the directory',
  page: (number: number) => `Page ${number}`,
  previous: 'Previous page',
  following: 'Next page',
  importFile: 'Import CSV',
  exportFile: 'Export CSV',
  phrase: {
    title: 'Try a phrase',
    text: 'What a caller might say, and what the agent would do with it.',
    label: 'The caller says',
    placeholder: 'Put me through to billing',
    submit: 'Try',
    does: {
      transfer: 'Transfers',
      confirm: 'Asks first',
      choose: 'Asks which one',
      'ask again': 'Finds nobody',
      'give up': 'Gives up',
    },
    to: (ext: string, name: string) => `to ${ext} ${name}`,
    says: (text: string) => `“${text}”`,
  },
  import: {
    title: 'Import a CSV file',
    text: 'Columns: ext, name, owner, department, aliases (several separated by ;). Entries that the file does not name stay as they are.',
    choose: 'Choose a file',
    checking: 'Looking what it would do …',
    again: 'Choose another file',
    counts: {
      create: (count: number) => `${count} new`,
      change: (count: number) => `${count} changed`,
      unchanged: (count: number) => `${count} unchanged`,
      wrong: (count: number) => `${count} wrong`,
    },
    actions: { create: 'New', change: 'Changes', unchanged: 'Stays', wrong: 'Wrong' },
    line: 'Line',
    what: 'What it does',
    wrongRows: (count: number) =>
      count === 1
        ? 'One row is wrong, so nothing can be imported. Mend it in the file and choose it again.'
        : `${count} rows are wrong, so nothing can be imported. Mend them in the file and choose it again.`,
    nothing: 'The file changes nothing.',
    more: (count: number) => `and ${count} more`,
    submit: (count: number) => (count === 1 ? 'Import 1 row' : `Import ${count} rows`),
    done: (count: number) => (count === 1 ? '1 row was imported' : `${count} rows were imported`),
  },
};
