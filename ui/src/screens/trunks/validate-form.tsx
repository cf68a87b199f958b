/** How a trunk is to be validated: who makes the test call, and whose phone rings in the test transfer. Shows no result. */
import { Button, Group, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { callFault } from '../../../../controller/contract/pbx-calls.ts';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import type { Validation, ValidationInput } from '../../../../controller/contract/validation.ts';
import { directoryQuery, numbersQuery, validationQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { ChoiceRadio } from '../../components/choice.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { t } from '../../texts/texts.ts';

const words = t.validation;
const modes = ['dial', 'call-in'] as const satisfies Validation['mode'][];
const noTransfer = 'none';
const otherExtension = 'other';

export const ValidateForm = (props: { trunk: Trunk; isRunning: boolean; isFirst: boolean }) => {
  const { trunk, isRunning, isFirst } = props;
  const queries = useQueryClient();
  const directory = (useQuery(directoryQuery(trunk.id)).data ?? []).filter(({ enabled }) => enabled);
  const called = useCalledNumber(trunk);
  const dialFault = callFault(trunk) ?? (called === null ? words.needsNumber : null);
  const [chosenMode, setMode] = useState<Validation['mode']>('dial');
  const mode = dialFault === null ? chosenMode : 'call-in';
  const [transferTo, setTransferTo] = useState<string>(noTransfer);
  const [otherExt, setOtherExt] = useState('');
  const [waitSeconds, setWaitSeconds] = useState('120');
  const target = transferTo === otherExtension ? otherExt.trim() : transferTo;
  const start = useMutation({
    mutationFn: () => {
      const body: Partial<ValidationInput> = {
        mode,
        ...(mode === 'call-in' && { waitSeconds: Number(waitSeconds) }),
        ...(target !== noTransfer && target !== '' && { transferTo: target }),
      };
      return request<Validation>('POST', `/trunks/${trunk.id}/validate`, { body });
    },
    onSuccess: (validation) => queries.setQueryData(validationQuery(trunk.id).queryKey, validation),
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <Stack gap="md">
        <Text fz="sm" c="dimmed">
          {words.text}
        </Text>
        <fieldset style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
          <Text component="legend" fz="sm" fw={550} mb="xs" p={0}>
            {words.mode}
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            {modes.map((one) => (
              <ChoiceRadio
                key={one}
                name="validate-mode"
                value={one}
                isChosen={mode === one}
                isDisabled={one === 'dial' && dialFault !== null}
                onChoose={() => setMode(one)}
                title={words.modes[one]}
                text={one === 'dial' && dialFault !== null ? dialFault : words.modeTexts[one](called)}
              />
            ))}
          </SimpleGrid>
        </fieldset>
        <Group gap="md" align="flex-start">
          <Select
            label={words.transferTo}
            description={
              directory.length === 0 && !trunk.allowAnyExtension ? words.transferEmpty : words.transferText
            }
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            flex="1 1 240px"
            searchable
            allowDeselect={false}
            limit={50}
            value={transferTo}
            onChange={(value) => setTransferTo(value ?? noTransfer)}
            data={[
              { value: noTransfer, label: words.transferNone },
              ...(trunk.allowAnyExtension ? [{ value: otherExtension, label: words.transferOther }] : []),
              ...directory.map(({ ext, name }) => ({ value: ext, label: `${ext} ${name}` })),
            ]}
          />
          {transferTo === otherExtension && (
            <TextInput
              label={words.otherExtension}
              inputMode="numeric"
              flex="1 1 140px"
              value={otherExt}
              onChange={({ currentTarget }) => setOtherExt(currentTarget.value)}
            />
          )}
          {mode === 'call-in' && (
            <Select
              label={words.wait}
              flex="1 1 140px"
              allowDeselect={false}
              value={waitSeconds}
              onChange={(value) => setWaitSeconds(value ?? waitSeconds)}
              data={[60, 120, 300, 600].map((seconds) => ({
                value: String(seconds),
                label: words.waitMinutes(seconds / 60),
              }))}
            />
          )}
        </Group>
        <Group justify="flex-end">
          <Button type="submit" loading={start.isPending} disabled={isRunning}>
            {isRunning ? words.running : isFirst ? words.start : words.again}
          </Button>
        </Group>
        <FailureNote error={start.error} />
      </Stack>
    </form>
  );
};

/** What the test call dials, in words; null: nothing yet, for a SIP trunk without a number. */
const useCalledNumber = (trunk: Trunk): string | null => {
  const numbers = (useQuery(numbersQuery).data ?? []).filter(({ trunkId }) => trunkId === trunk.id);
  if (trunk.connectionType === 'extension') return trunk.extension;
  const [first, second] = numbers;
  if (first === undefined) return null;
  return second === undefined ? `+${first.number}` : words.oneOfNumbers;
};
