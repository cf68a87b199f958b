/** A change on a settings' screen: sent, then everything of the settings is asked for again; a failure is told in a note. */
import { notifications } from '@mantine/notifications';
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { messageOf } from '../../api/problem.ts';
import { type Method, request } from '../../api/request.ts';

export type Change = { method: Method; path: string; body?: unknown };

export const useChange = <Answer = unknown>(
  options: {
    /** what to say when it worked; null = nothing */
    said?: (answer: Answer) => string | null;
    onDone?: (answer: Answer) => void;
    /** the form shows its failures itself */
    isQuiet?: boolean;
  } = {},
): UseMutationResult<Answer, Error, Change> => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: Change) =>
      request<Answer>(method, path, body === undefined ? {} : { body }),
    onSuccess: (answer) => {
      const text = options.said?.(answer) ?? null;
      if (text !== null) notifications.show({ message: text, color: 'teal' });
      options.onDone?.(answer);
    },
    onError: (error) => {
      if (options.isQuiet !== true) notifications.show({ message: messageOf(error), color: 'red' });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['settings'] }),
  });
};
