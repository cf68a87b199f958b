/** A chart with its title; the same figures as a table, which a screen reader gets and anybody may open. */
import { Button, Group, Paper, Stack, Table, Title, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { t } from '../../texts/texts.ts';
import classes from './dashboards.module.css';

export const ChartCard = (props: {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
  children: ReactNode;
}) => {
  const { title, columns, rows, children } = props;
  const [isTable, setTable] = useState(false);
  const figures = (
    <Table captionSide="top">
      <VisuallyHidden component="caption">{title}</VisuallyHidden>
      <Table.Thead>
        <Table.Tr>
          {columns.map((name, index) => (
            <Table.Th key={name} scope="col" {...(index > 0 ? { ta: 'right' as const } : {})}>
              {name}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(([name, ...values], row) => (
          // rows have no other key: two agents may have one name
          <Table.Tr key={`${row} ${name}`}>
            <Table.Th scope="row" fw={400} c="var(--mantine-color-text)" className={classes['name']}>
              {name}
            </Table.Th>
            {values.map((value, index) => (
              <Table.Td key={columns[index + 1]} ta="right">
                {typeof value === 'number'
                  ? value.toLocaleString(undefined, { maximumFractionDigits: 1 })
                  : value}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
  return (
    <Paper p="md" component="section" aria-label={title} className={classes['card']}>
      <Stack gap="md">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2}>{title}</Title>
          <Button
            variant="subtle"
            size="compact-sm"
            aria-pressed={isTable}
            aria-label={t.dashboards.asTableOf(title)}
            onClick={() => setTable(!isTable)}
          >
            {isTable ? t.dashboards.asChart : t.dashboards.asTable}
          </Button>
        </Group>
        {isTable ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
          <section className={classes['scroll']} tabIndex={0} aria-label={t.dashboards.asTableOf(title)}>
            {figures}
          </section>
        ) : (
          <>
            {/* shapes say nothing to a screen reader: it gets the table beside them */}
            <div aria-hidden="true">{children}</div>
            <VisuallyHidden>{figures}</VisuallyHidden>
          </>
        )}
      </Stack>
    </Paper>
  );
};
