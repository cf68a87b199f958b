/** The form that makes a trunk, with the defaults of its PBX type, and an agent where there is none yet. */
import { Alert, Button, Group, List, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Lightbulb } from 'lucide-react';
import { useCallback, useEffect, useRef } from 'react';
import type { Agent } from '../../../../controller/contract/agent.ts';
import type {
  ConnectionType,
  PbxType,
  SipTrunkWithPassword,
  Trunk,
} from '../../../../controller/contract/trunk.ts';
import { agentsQuery, pbxTypesQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { ChoiceRadio } from '../../components/choice.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { answeredErrors } from '../../forms/field-errors.ts';
import { useUnsavedInput } from '../../forms/unsaved-input.ts';
import { EditableBy } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import { newAgent, TrunkFields } from '../trunks/trunk-fields.tsx';
import {
  inputErrors,
  inputOf,
  newTrunkValues,
  presetValues,
  type TrunkValues,
} from '../trunks/trunk-values.ts';

const words = t.trunks.carrier;

export const ConnectForm = ({
  pbxType,
  onMade,
}: {
  pbxType: PbxType;
  onMade: (trunk: Trunk | SipTrunkWithPassword) => void;
}) => {
  const queries = useQueryClient();
  const agents = useQuery(agentsQuery);
  const form = useForm<TrunkValues>({
    initialValues: { ...newTrunkValues(pbxType, 'extension'), name: t.trunks.types[pbxType] },
    validate: (values) => inputErrors(forContract(values)),
    validateInputOnBlur: false,
  });
  const { connectionType } = form.values;
  const presets = useQuery(pbxTypesQuery(connectionType));
  const preset = presets.data?.find((entry) => entry.pbxType === pbxType);
  const { setValues, setInitialValues } = form;
  // what is filled in by itself is no input that could be lost
  const filledIn = useRef(form.getInitialValues());
  const fillIn = useCallback(
    (values: Partial<TrunkValues>) => {
      filledIn.current = { ...filledIn.current, ...values };
      setInitialValues(filledIn.current);
      setValues(values);
    },
    [setValues, setInitialValues],
  );
  useEffect(() => {
    if (preset !== undefined) fillIn(presetValues(preset));
  }, [preset, fillIn]);
  const usualAgent = agents.data === undefined ? null : (agents.data[0]?.id ?? newAgent);
  const isAgentChosen = form.isDirty('agentId');
  useEffect(() => {
    if (usualAgent !== null && !isAgentChosen) fillIn({ agentId: usualAgent });
  }, [usualAgent, isAgentChosen, fillIn]);
  useUnsavedInput(form.isDirty);

  const connect = useMutation({
    mutationFn: async (values: TrunkValues) => {
      const agentId = values.agentId === newAgent ? (await makeAgent()).id : values.agentId;
      // should the trunk be refused, the agent that was made is chosen at the next try
      form.setFieldValue('agentId', agentId);
      return request<Trunk | SipTrunkWithPassword>('POST', '/trunks', {
        body: inputOf({ ...values, agentId }),
      });
    },
    onSuccess: (trunk) => {
      void queries.invalidateQueries({ queryKey: ['config'] });
      onMade(trunk);
    },
    onError: (error) => form.setErrors(answeredErrors(error, Object.keys(form.values))),
  });

  return (
    <EditableBy role="admin">
      <form onSubmit={form.onSubmit((values) => connect.mutate(values))} noValidate>
        <Stack gap="lg">
          <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
            <Text component="legend" fz="sm" fw={550} mb="xs" p={0}>
              {words.connectionType}
            </Text>
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
              {(['extension', 'sip-trunk'] as const satisfies ConnectionType[]).map((value) => (
                <ChoiceRadio
                  key={value}
                  name="connection-type"
                  value={value}
                  isChosen={connectionType === value}
                  onChoose={() => form.setFieldValue('connectionType', value)}
                  title={words.types[value]}
                  text={words.typeTexts[value]}
                />
              ))}
            </SimpleGrid>
          </fieldset>
          {preset !== undefined && preset.notes.length > 0 && (
            <Alert variant="light" color="petrol" icon={<Lightbulb size={17} />} p="sm">
              <List fz="sm" spacing={2} listStyleType={preset.notes.length > 1 ? 'disc' : 'none'}>
                {preset.notes.map((note) => (
                  <List.Item key={note}>{note}</List.Item>
                ))}
              </List>
            </Alert>
          )}
          <Paper p="lg">
            <TrunkFields form={form} agents={agents.data ?? []} isNew />
          </Paper>
          <FailureNote error={connect.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={connect.isPending}>
              {words.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </EditableBy>
  );
};

/** The agent that is still to be made is not checked as an id. */
const forContract = (values: TrunkValues): TrunkValues =>
  values.agentId === newAgent ? { ...values, agentId: null } : values;

const makeAgent = (): Promise<Agent> =>
  request<Agent>('POST', '/agents', { body: { name: t.start.agentName, kind: 'receptionist' } });
