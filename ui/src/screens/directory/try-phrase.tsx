/** A caller's words, typed: what the trunk's agent would say and do. */
import { Button, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { TriedPhrase } from '../../../../controller/contract/try-phrase.ts';
import { request } from '../../api/request.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import type { Tone } from '../../components/status-dot.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { t } from '../../texts/texts.ts';

const words = t.directory.phrase;
const tones: Readonly<Record<TriedPhrase['does'], Tone>> = {
  transfer: 'good',
  confirm: 'wait',
  choose: 'wait',
  'ask again': 'bad',
  'give up': 'bad',
};

export const TryPhrase = ({ trunkId }: { trunkId: string }) => {
  const [phrase, setPhrase] = useState('');
  const tried = useMutation({
    mutationFn: (text: string) =>
      request<TriedPhrase>('POST', `/trunks/${trunkId}/resolve`, { body: { phrase: text } }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (phrase.trim() !== '') tried.mutate(phrase.trim());
  };
  return (
    <Paper p="md">
      <Stack gap="xs">
        <div>
          <Title order={2}>{words.title}</Title>
          <Text fz="sm" c="dimmed">
            {words.text}
          </Text>
        </div>
        <form onSubmit={submit}>
          <Group gap="xs" wrap="nowrap" maw={620}>
            <TextInput
              flex={1}
              aria-label={words.label}
              placeholder={words.placeholder}
              maxLength={200}
              value={phrase}
              onChange={(event) => setPhrase(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={tried.isPending}>
              {words.submit}
            </Button>
          </Group>
        </form>
        <div aria-live="polite">{tried.data !== undefined && <Answer tried={tried.data} />}</div>
        <FailureNote error={tried.error} />
      </Stack>
    </Paper>
  );
};

const Answer = ({ tried: { does, says, entries, ext } }: { tried: TriedPhrase }) => {
  const [first] = entries;
  return (
    <Group gap="sm" align="flex-start">
      <StatusPill tone={tones[does]}>
        {words.does[does]}
        {does === 'transfer' && ext !== null && ` ${words.to(ext, first?.name ?? '')}`}
      </StatusPill>
      <Stack gap={2} flex="1 1 260px">
        <Text fz="sm" fs="italic">
          {words.says(says)}
        </Text>
        {does !== 'transfer' && entries.length > 0 && (
          <Text fz="xs" c="dimmed">
            {entries
              .map((entry) => [entry.ext, entry.name, entry.department].filter(Boolean).join(' '))
              .join(' · ')}
          </Text>
        )}
      </Stack>
    </Group>
  );
};
