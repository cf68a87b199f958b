/** The call history: filters in the address, so that a view can be sent to somebody; older calls on demand. */
import { Button, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { PhoneIncoming, Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { type CallFilters, callsQuery } from '../../api/call-queries.ts';
import { agentsQuery, trunksQuery } from '../../api/queries.ts';
import { Empty } from '../../components/empty.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { Loading } from '../../components/loading.tsx';
import { Page } from '../../components/page.tsx';
import { useLive } from '../../live/use-live.ts';
import { t } from '../../texts/texts.ts';
import { CallTable } from './call-table.tsx';

const filterNames = ['trunkId', 'agentId', 'outcome', 'fault', 'from', 'to', 'isTest', 'search'] as const;
const words = t.calls.history;

export const HistoryScreen = () => {
  const [address, setAddress] = useSearchParams();
  const filters: CallFilters = Object.fromEntries(
    filterNames.flatMap((name) => (address.get(name) ? [[name, address.get(name)]] : [])),
  );
  const isFiltered = Object.keys(filters).length > 0;
  const set = (name: (typeof filterNames)[number], value: string | null) => {
    // from the address itself and shown at once: two filters set in one go are both kept, and a day can be typed
    const next = new URLSearchParams(window.location.search);
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
    setAddress(next, { replace: true, flushSync: true });
  };
  const calls = useInfiniteQuery({ ...callsQuery(filters), placeholderData: keepPreviousData });
  const found = calls.data?.pages.flatMap(({ items }) => items) ?? [];

  // calls that end while one looks: said, and fetched on demand, so that no row jumps under the mouse
  const newest = useLive((state) => state.ended[0]?.id);
  const [seen, setSeen] = useState(newest);
  const { refetch } = calls;
  const showNew = () => {
    setSeen(newest);
    void refetch();
  };

  return (
    <Page
      title={words.title}
      text={words.text}
      actions={
        newest !== seen && (
          <Button variant="light" onClick={showNew}>
            {t.common.refreshList}
          </Button>
        )
      }
    >
      <Filters filters={filters} onChange={set} />
      <FailureNote error={calls.error} onRetry={() => void refetch()} />
      {calls.data === undefined && calls.error === null && <Loading />}
      {calls.data !== undefined && found.length === 0 && (
        <Empty
          icon={PhoneIncoming}
          title={isFiltered ? words.nothingFits : words.empty}
          {...(isFiltered ? {} : { text: words.emptyText })}
        >
          {isFiltered && (
            <Button variant="default" onClick={() => setAddress({}, { replace: true })}>
              {words.clear}
            </Button>
          )}
        </Empty>
      )}
      {found.length > 0 && <CallTable calls={found} />}
      {calls.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={calls.isFetchingNextPage}
            onClick={() => void calls.fetchNextPage()}
          >
            {words.more}
          </Button>
        </Group>
      )}
    </Page>
  );
};

const Filters = (props: {
  filters: CallFilters;
  onChange: (name: (typeof filterNames)[number], value: string | null) => void;
}) => {
  const { filters, onChange } = props;
  const trunks = useQuery(trunksQuery);
  const agents = useQuery(agentsQuery);
  const [search, setSearch] = useState(filters.search ?? '');
  const apply = useDebouncedCallback((text: string) => onChange('search', text.trim()), 300);
  // cleared from outside
  useEffect(() => {
    if (filters.search === undefined) setSearch('');
  }, [filters.search]);
  const named = (items: readonly { id: string; name: string }[] | undefined) =>
    (items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const select = (
    name: Exclude<(typeof filterNames)[number], 'search' | 'from' | 'to'>,
    label: string,
    options: { value: string; label: string }[],
  ) => (
    <Select
      label={label}
      placeholder={words.filters.any}
      data={options}
      value={filters[name] ?? null}
      onChange={(value) => onChange(name, value)}
      clearable
      allowDeselect
      searchable={options.length > 8}
      w={{ base: '100%', xs: 180 }}
    />
  );
  const day = (name: 'from' | 'to', label: string) => (
    <TextInput
      type="date"
      label={label}
      value={filters[name] ?? ''}
      onChange={({ currentTarget }) => onChange(name, currentTarget.value)}
      w={{ base: '100%', xs: 150 }}
    />
  );
  return (
    <Group align="flex-end" gap="sm">
      <TextInput
        label={words.filters.search}
        placeholder={words.filters.searchHint}
        leftSection={<Search size={16} aria-hidden />}
        value={search}
        onChange={({ currentTarget }) => {
          setSearch(currentTarget.value);
          apply(currentTarget.value);
        }}
        w={{ base: '100%', xs: 240 }}
      />
      {select('trunkId', words.filters.trunk, named(trunks.data))}
      {select('agentId', words.filters.agent, named(agents.data))}
      {select(
        'outcome',
        words.filters.outcome,
        Object.entries(words.filters.outcomes).map(([value, label]) => ({ value, label })),
      )}
      {select(
        'fault',
        words.filters.fault,
        Object.entries(t.calls.faults).map(([value, label]) => ({ value, label })),
      )}
      {day('from', words.filters.from)}
      {day('to', words.filters.to)}
      {select(
        'isTest',
        words.filters.test,
        Object.entries(words.filters.tests).map(([value, label]) => ({ value, label })),
      )}
    </Group>
  );
};
