/** A place with nothing in it: what it is, what would be here, and the one thing to do. */
import { Center, Code, Stack, Text, Title } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import classes from './empty.module.css';

export const Empty = (props: {
  title: string;
  text?: string;
  detail?: string;
  icon?: LucideIcon;
  children?: ReactNode;
}) => {
  const { title, text, detail, icon: Icon, children } = props;
  return (
    <Center py={56} px="md">
      <Stack align="center" gap="sm" maw={440} ta="center">
        {Icon && (
          <span className={classes['icon']}>
            <Icon size={24} strokeWidth={1.7} aria-hidden />
          </span>
        )}
        <Title order={2}>{title}</Title>
        {text !== undefined && (
          <Text c="dimmed" fz="sm">
            {text}
          </Text>
        )}
        {detail !== undefined && detail !== '' && <Code>{detail}</Code>}
        {children}
      </Stack>
    </Center>
  );
};
