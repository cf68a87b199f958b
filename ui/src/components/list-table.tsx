/** A table of a list: what stands in each column, a row a thing; it scrolls by itself where the screen is narrow. */
import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './list-table.module.css';

/** A name that is not shown is read to who does not see. */
export type Columns = readonly (
  | string
  | { label: string; isHidden?: boolean; isRight?: boolean; isWideOnly?: boolean }
)[];

export const ListTable = (props: {
  columns: Columns;
  /** CSS pixels below which it scrolls */
  minWidth: number;
  className?: string | undefined;
  children: ReactNode;
}) => {
  const { columns, minWidth, className, children } = props;
  return (
    <Table.ScrollContainer
      minWidth={minWidth}
      type="native"
      className={`${classes['frame']} ${className ?? ''}`}
    >
      <Table>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => {
              const {
                label,
                isHidden = false,
                isRight = false,
                isWideOnly = false,
              } = typeof column === 'string' ? { label: column } : column;
              return (
                <Table.Th
                  key={label}
                  {...(isWideOnly ? { visibleFrom: 'sm' as const } : {})}
                  {...(isHidden ? { 'aria-label': label } : {})}
                  {...(isRight ? { ta: 'right' as const } : {})}
                >
                  {!isHidden && label}
                </Table.Th>
              );
            })}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
};
