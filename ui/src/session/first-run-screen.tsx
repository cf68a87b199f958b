/** First run: whoever installs Offhook becomes its administrator. */
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { type SessionAnswer, SetupInput } from '../../../controller/contract/account.ts';
import { FailureNote } from '../components/failure-note.tsx';
import { answeredErrors, schemaErrors } from '../forms/field-errors.ts';
import { t } from '../texts/texts.ts';
import { OutsideFrame } from './outside-frame.tsx';
import { setUp } from './session.ts';

const words = t.session;

export const FirstRunScreen = (props: {
  /** the browser is on another machine than Offhook */
  isTokenNeeded: boolean;
  onEnter: (session: SessionAnswer) => void;
}) => {
  const { isTokenNeeded, onEnter } = props;
  const form = useForm({
    initialValues: { name: '', email: '', password: '', token: '' },
    validate: (values) => schemaErrors(SetupInput, withoutBlankToken(values)),
  });
  const make = useMutation({
    mutationFn: (values: typeof form.values) => setUp(withoutBlankToken(values)),
    onSuccess: onEnter,
    onError: (error) => form.setErrors(answeredErrors(error, Object.keys(form.values))),
  });
  return (
    <OutsideFrame title={words.firstRun} text={words.firstRunText}>
      <form onSubmit={form.onSubmit((values) => make.mutate(values))} noValidate>
        <Stack gap="md">
          <TextInput label={words.name} autoComplete="name" autoFocus {...form.getInputProps('name')} />
          <TextInput
            label={words.email}
            type="email"
            autoComplete="username"
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label={words.password}
            description={words.passwordText}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
          {isTokenNeeded && (
            <PasswordInput
              label={words.token}
              description={words.tokenText}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              autoComplete="off"
              {...form.getInputProps('token')}
            />
          )}
          <FailureNote error={make.error} />
          <Button type="submit" loading={make.isPending}>
            {words.create}
          </Button>
        </Stack>
      </form>
    </OutsideFrame>
  );
};

const withoutBlankToken = ({
  token,
  ...rest
}: {
  name: string;
  email: string;
  password: string;
  token: string;
}) => (token.trim() === '' ? rest : { ...rest, token: token.trim() });
