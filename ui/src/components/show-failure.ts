/** Tells in a note what did not work, where there is no form or list to tell it in. */
import { notifications } from '@mantine/notifications';
import { messageOf } from '../api/problem.ts';
import { t } from '../texts/texts.ts';

export const showFailure = (error: unknown): void =>
  void notifications.show({
    title: t.problems.title,
    message: messageOf(error),
    color: 'red',
    autoClose: 9000,
  });
