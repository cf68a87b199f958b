/** What an agent is: name, kind, first message, and how its bot is reached. */
import { Select, Stack, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { AgentKind } from '../../../../controller/contract/agent.ts';
import type { AgentConnectionView } from '../../../../controller/contract/agent-connection.ts';
import { t } from '../../texts/texts.ts';
import { type AgentValues, isBot } from './agent-values.ts';
import { ConnectionFields } from './connection-fields.tsx';

const words = t.agents.fields;
const kinds = AgentKind.options.map((kind) => ({ value: kind, label: t.agents.kinds[kind] }));

export const GeneralFields = (props: {
  form: UseFormReturnType<AgentValues>;
  stored: AgentConnectionView | null;
}) => {
  const { form, stored } = props;
  const { kind } = form.values;
  return (
    <Stack gap="md">
      <TextInput
        label={words.name}
        placeholder={words.namePlaceholder}
        required
        {...form.getInputProps('name')}
      />
      <Select
        label={words.kind}
        description={t.agents.kindTexts[kind]}
        data={kinds}
        {...form.getInputProps('kind')}
      />
      {isBot(kind) && <ConnectionFields key={kind} form={form} kind={kind} stored={stored} />}
      {kind !== 'echo' && (
        <Textarea
          label={words.firstMessage}
          description={words.firstMessageTexts[kind]}
          autosize
          minRows={2}
          maxRows={8}
          {...form.getInputProps('firstMessage')}
        />
      )}
    </Stack>
  );
};
