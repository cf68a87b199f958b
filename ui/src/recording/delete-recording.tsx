/** Removes a recording for good, for those who may. */
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { messageOf } from '../api/problem.ts';
import { request } from '../api/request.ts';
import { ConfirmButton } from '../components/confirm-button.tsx';
import { useMay } from '../session/use-session.ts';
import { t } from '../texts/texts.ts';

const words = t.calls.recording;

export const DeleteRecording = ({ callId }: { callId: string }) => {
  const queries = useQueryClient();
  const isAllowed = useMay('admin');
  const remove = useMutation({
    mutationFn: () => request('DELETE', `/calls/${callId}/recording`),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['calls', 'one', callId, 'peaks'] });
      notifications.show({ message: words.removed, color: 'teal' });
    },
    onError: (error) => notifications.show({ color: 'red', message: messageOf(error) }),
  });
  if (!isAllowed) return null;
  return (
    <ConfirmButton
      label={words.remove}
      title={words.removeTitle}
      text={words.removeText}
      isDangerous
      size="compact-sm"
      isPending={remove.isPending}
      onConfirm={() => remove.mutate()}
    />
  );
};
