/** The screen of a list: what it is about, the one way to add to it, and a row or card a thing; it asks for nothing itself. */
import { Paper, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Empty } from './empty.tsx';
import { type Columns, ListTable } from './list-table.tsx';
import { Loaded } from './loaded.tsx';
import { Page } from './page.tsx';

export const ListPage = <Item,>(props: {
  title: string;
  text: ReactNode;
  query: UseQueryResult<Item[]>;
  /** what is said while the list is empty */
  none: { icon: LucideIcon; title: string; text: string };
  /** above the list; in its place while it is empty */
  add: ReactNode;
  /** left out: each item is a card by itself */
  table?: { columns: Columns; minWidth: number };
  /** an item's row or card, with its key */
  item: (item: Item) => ReactNode;
  /** what may open over the list */
  children?: ReactNode;
}) => {
  const { title, text, query, none, add, table, item, children } = props;
  return (
    <Page title={title} text={text} actions={(query.data?.length ?? 0) > 0 && add}>
      <Loaded query={query}>
        {(items) => {
          if (items.length === 0)
            return (
              <Paper>
                <Empty {...none}>{add}</Empty>
              </Paper>
            );
          const shown = items.map((one) => item(one));
          if (table === undefined) return <Stack gap="md">{shown}</Stack>;
          return (
            <Paper>
              <ListTable {...table}>{shown}</ListTable>
            </Paper>
          );
        }}
      </Loaded>
      {children}
    </Page>
  );
};
