/** What every form says: about input that is not saved yet, and about somebody else who was faster. */
export const forms = {
  unsaved: {
    mark: '(not saved)',
    title: 'Leave without saving?',
    text: 'What you entered here is not saved yet. It is lost when you leave.',
    stay: 'Stay here',
    leave: 'Leave without saving',
  },
  conflict: {
    title: 'Somebody else has changed this meanwhile',
    text: 'What you entered is still here, and nothing is saved yet. Load what is stored now, which replaces what you entered, or save yours over it.',
    load: 'Load what is stored now',
    saveOver: 'Save mine over it',
    trunk: (name: string) =>
      `Somebody else has just changed which agent answers ${name}. Nothing of it is saved yet: look at what it says now, then save again.`,
  },
};
