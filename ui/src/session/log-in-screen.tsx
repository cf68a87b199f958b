/** The log-in. */
import { Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Logo } from '../shell/logo.tsx';
import { t } from '../texts/texts.ts';

export const LogInScreen = ({ onLogIn }: { onLogIn: (token: string) => void }) => {
  const [token, setToken] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (token.trim() !== '') onLogIn(token.trim());
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper p="xl" w="100%" maw={400}>
        <form onSubmit={submit}>
          <Stack gap="md">
            <Logo size={40} />
            <Title order={1}>{t.session.logIn}</Title>
            <Text fz="sm" c="dimmed">
              {t.session.tokenText}
            </Text>
            <PasswordInput
              label={t.session.token}
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              autoComplete="current-password"
              data-autofocus
            />
            <Button type="submit">{t.session.logIn}</Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
};
