/** Downloads a directory as the CSV file that can be imported again. */
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { messageOf } from '../../api/problem.ts';
import { send } from '../../api/request.ts';
import { t } from '../../texts/texts.ts';

export const ExportButton = ({ trunk, isDisabled }: { trunk: Trunk; isDisabled: boolean }) => {
  const download = useMutation({
    mutationFn: async () => {
      const file = await (await send('GET', `/trunks/${trunk.id}/extensions/export`)).blob();
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file);
      link.download = `${trunk.name} directory.csv`;
      link.click();
      // the browser has taken it by then
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    },
    onError: (error) =>
      notifications.show({
        title: t.problems.title,
        message: messageOf(error),
        color: 'red',
        autoClose: 9000,
      }),
  });
  return (
    <Button
      variant="default"
      leftSection={<Download size={15} aria-hidden />}
      disabled={isDisabled}
      loading={download.isPending}
      onClick={() => download.mutate()}
    >
      {t.directory.exportFile}
    </Button>
  );
};
