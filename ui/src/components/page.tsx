/** A screen's head: where one is, its title, a sentence, its actions; sets the window's title. */
import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { ChevronLeft } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';
import { t } from '../texts/texts.ts';

export const Page = (props: {
  title: string;
  text?: ReactNode;
  /** beside the title: a status */
  beside?: ReactNode;
  /** where this screen belongs to */
  parent?: { to: string; label: string };
  actions?: ReactNode;
  /** no wider than reads well */
  isNarrow?: boolean;
  children: ReactNode;
}) => {
  const { title, text, beside, parent, actions, isNarrow = false, children } = props;
  useEffect(() => {
    document.title = `${title} · ${t.common.product}`;
  }, [title]);
  return (
    <Stack gap="lg" {...(isNarrow ? { maw: 860, mx: 'auto' } : {})}>
      <Group justify="space-between" align="flex-end" gap="sm">
        <Stack gap={4} flex="1 1 280px">
          {parent && (
            <Anchor
              component={Link}
              to={parent.to}
              fz="sm"
              display="inline-flex"
              style={{ alignItems: 'center' }}
            >
              <ChevronLeft size={15} aria-hidden />
              {parent.label}
            </Anchor>
          )}
          <Group gap="sm">
            <Title order={1}>{title}</Title>
            {beside}
          </Group>
          {text !== undefined && (
            <Text c="dimmed" fz="sm" maw={720}>
              {text}
            </Text>
          )}
        </Stack>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
};
