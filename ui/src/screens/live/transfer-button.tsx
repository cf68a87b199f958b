/** Transfers a live call: the trunk's directory, found by typing. */
import { Button, Combobox, ScrollArea, Text, useCombobox } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { PhoneForwarded } from 'lucide-react';
import { useState } from 'react';
import type { TransferResult } from '../../../../controller/contract/call.ts';
import type { Extension } from '../../../../controller/contract/extension.ts';
import type { LiveCall } from '../../../../controller/contract/live.ts';
import { messageOf } from '../../api/problem.ts';
import { directoryQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { said, t } from '../../texts/texts.ts';

const words = t.calls.live;
const shownAtMost = 50;

export const TransferButton = ({ call }: { call: LiveCall }) => {
  const [search, setSearch] = useState('');
  const box = useCombobox({
    onDropdownOpen: () => box.focusSearchInput(),
    onDropdownClose: () => {
      box.resetSelectedOption();
      setSearch('');
    },
  });
  const directory = useQuery({ ...directoryQuery(call.trunkId), enabled: box.dropdownOpened });
  const transfer = useMutation({
    mutationFn: ({ ext }: Extension) =>
      request<{ result: TransferResult }>('POST', `/calls/${call.id}/transfer`, { body: { ext } }),
    onSuccess: ({ result }, { ext, name }) =>
      notifications.show({
        color: result === 'transferred' ? 'teal' : 'yellow',
        message: words.transferDone(`${ext} ${name}`, said(result, 'transferResult')),
      }),
    onError: (error) => notifications.show({ color: 'red', message: messageOf(error) }),
  });
  const sought = search.trim().toLowerCase();
  const found = (directory.data ?? [])
    .filter(({ enabled }) => enabled)
    .filter(({ ext, name, owner, department, aliases }) =>
      [ext, name, owner, department, ...aliases].some((text) => text.toLowerCase().includes(sought)),
    );
  return (
    <Combobox
      store={box}
      width={300}
      position="bottom-start"
      onOptionSubmit={(ext) => {
        const target = found.find((entry) => entry.ext === ext);
        box.closeDropdown();
        if (target) transfer.mutate(target);
      }}
    >
      <Combobox.Target withAriaAttributes={false}>
        <Button
          leftSection={<PhoneForwarded size={16} aria-hidden />}
          onClick={() => box.toggleDropdown()}
          disabled={call.state !== 'talking'}
          loading={transfer.isPending}
          aria-expanded={box.dropdownOpened}
        >
          {words.transfer}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          onChange={({ currentTarget }) => {
            setSearch(currentTarget.value);
            box.selectFirstOption();
          }}
          placeholder={words.transferHint}
          aria-label={words.transferTo}
        />
        <Combobox.Options>
          <ScrollArea.Autosize mah={280} type="scroll">
            {found.slice(0, shownAtMost).map(({ id, ext, name, owner, department }) => (
              <Combobox.Option key={id} value={ext}>
                <Text fz="sm">
                  {ext} {name}
                </Text>
                <Text fz="xs" c="dimmed">
                  {[owner, department].filter((text) => text !== '' && text !== name).join(' · ')}
                </Text>
              </Combobox.Option>
            ))}
            {found.length === 0 && <Combobox.Empty>{words.transferNone}</Combobox.Empty>}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
};
