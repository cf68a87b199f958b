/** What stands around a form for somebody who is not in yet. */
import { Center, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { Logo } from '../shell/logo.tsx';
import { t } from '../texts/texts.ts';

export const OutsideFrame = (props: { title: string; text: string; children: ReactNode }) => {
  const { title, text, children } = props;
  useEffect(() => {
    document.title = `${title} · ${t.common.product}`;
  }, [title]);
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper p="xl" w="100%" maw={420} shadow="sm">
        <Stack gap="lg">
          <Stack gap="xs">
            <Logo size={40} />
            <Title order={1} mt={4}>
              {title}
            </Title>
            <Text fz="sm" c="dimmed">
              {text}
            </Text>
          </Stack>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
};
