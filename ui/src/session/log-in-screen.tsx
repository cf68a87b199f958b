/** The log-in. */
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import type { SessionAnswer } from '../../../controller/contract/account.ts';
import { FailureNote } from '../components/failure-note.tsx';
import { t } from '../texts/texts.ts';
import { OutsideFrame } from './outside-frame.tsx';
import { signIn } from './session.ts';

const words = t.session;

export const LogInScreen = ({ onEnter }: { onEnter: (session: SessionAnswer) => void }) => {
  const form = useForm({ initialValues: { email: '', password: '' } });
  const logIn = useMutation({ mutationFn: signIn, onSuccess: onEnter });
  return (
    <OutsideFrame title={words.logIn} text={words.logInText}>
      <form onSubmit={form.onSubmit((values) => logIn.mutate(values))}>
        <Stack gap="md">
          <TextInput
            label={words.email}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label={words.password}
            autoComplete="current-password"
            required
            withAsterisk={false}
            {...form.getInputProps('password')}
          />
          <FailureNote error={logIn.error} title={words.notIn} />
          <Button type="submit" loading={logIn.isPending}>
            {words.logIn}
          </Button>
        </Stack>
      </form>
    </OutsideFrame>
  );
};
