/** The fields of a trunk, those of its connection type first, the rest under Advanced Settings. */
import {
  Accordion,
  MultiSelect,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useEffect, useState } from 'react';
import type { Agent } from '../../../../controller/contract/agent.ts';
import { codecs } from '../../../../controller/contract/trunk.ts';
import { t } from '../../texts/texts.ts';
import type { TrunkValues } from './trunk-values.ts';

const words = t.trunks.fields;

export type TrunkForm = UseFormReturnType<TrunkValues>;

/** A fault in one of these must not stay out of sight. */
const advancedFields = [
  'transport',
  'port',
  'expirySeconds',
  'codecs',
  'concurrentCallLimit',
  'mediaEncryption',
  'transferMode',
  'tlsCaPem',
];

/** Stands for an agent that is made together with the trunk. */
export const newAgent = 'new';

export const TrunkFields = ({
  form,
  agents,
  isNew,
}: {
  form: TrunkForm;
  agents: readonly Agent[];
  isNew: boolean;
}) => {
  const { connectionType } = form.values;
  const [advanced, setAdvanced] = useState<string | null>(null);
  const hasHiddenFault = advancedFields.some((field) => form.errors[field] !== undefined);
  useEffect(() => {
    if (hasHiddenFault) setAdvanced('advanced');
  }, [hasHiddenFault]);
  const agentChoices = [
    ...agents.map(({ id, name }) => ({ value: id, label: name })),
    ...(isNew ? [{ value: newAgent, label: words.agentNew }] : []),
    { value: 'none', label: words.agentNone },
  ];
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" verticalSpacing="md">
        <TextInput
          label={words.name}
          placeholder={words.namePlaceholder}
          withAsterisk
          {...form.getInputProps('name')}
        />
        <TextInput
          label={words.domain}
          description={words.domainText}
          placeholder="pbx.example.com"
          withAsterisk
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          autoCapitalize="off"
          spellCheck={false}
          {...form.getInputProps('domain')}
        />
        {connectionType === 'extension' ? (
          <ExtensionFields form={form} isNew={isNew} />
        ) : (
          <SipTrunkFields form={form} isNew={isNew} />
        )}
        <Select
          label={words.agent}
          description={words.agentText}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={agentChoices}
          {...form.getInputProps('agentId')}
          value={form.values.agentId ?? 'none'}
          onChange={(value) => form.setFieldValue('agentId', value === 'none' ? null : value)}
        />
      </SimpleGrid>
      <Accordion variant="contained" chevronPosition="left" value={advanced} onChange={setAdvanced}>
        <Accordion.Item value="advanced">
          <Accordion.Control>
            <Text span fz="sm" fw={550}>
              {words.advanced}
            </Text>
            <Text span fz="xs" c="dimmed" ml="xs" visibleFrom="xs">
              {words.advancedText}
            </Text>
          </Accordion.Control>
          <Accordion.Panel>
            <AdvancedFields form={form} />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
};

const ExtensionFields = ({ form, isNew }: { form: TrunkForm; isNew: boolean }) => (
  <>
    <TextInput
      label={words.extension}
      description={words.extensionText}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      placeholder="1000"
      inputMode="numeric"
      withAsterisk
      {...form.getInputProps('extension')}
    />
    <PasswordInput
      label={words.password}
      description={isNew ? words.passwordText : words.passwordKept}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      withAsterisk={isNew}
      autoComplete="off"
      {...form.getInputProps('password')}
    />
    <TextInput
      label={words.authId}
      description={words.authIdText}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      autoComplete="off"
      {...form.getInputProps('authId')}
    />
  </>
);

const SipTrunkFields = ({ form, isNew }: { form: TrunkForm; isNew: boolean }) => {
  const { authentication } = form.values;
  return (
    <>
      <div>
        <Text component="div" fz="sm" fw={500} mb={4} id="trunk-authentication">
          {words.authentication}
        </Text>
        <SegmentedControl
          fullWidth
          aria-labelledby="trunk-authentication"
          data={(['credentials', 'ip-allowlist', 'both'] as const).map((value) => ({
            value,
            label: words.authentications[value],
          }))}
          value={authentication}
          onChange={(value) => form.setFieldValue('authentication', value)}
        />
      </div>
      {authentication !== 'credentials' && (
        <TagsInput
          label={words.addresses}
          description={words.addressesText}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          withAsterisk
          splitChars={[',', ' ', ';']}
          acceptValueOnBlur
          {...form.getInputProps('allowedAddresses')}
        />
      )}
      {authentication !== 'ip-allowlist' && (
        <>
          <TextInput
            label={words.sipUsername}
            description={isNew ? words.generated : undefined}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            autoComplete="off"
            {...form.getInputProps('username')}
          />
          {isNew && (
            <PasswordInput
              label={words.sipPassword}
              description={words.generated}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              autoComplete="off"
              {...form.getInputProps('password')}
            />
          )}
        </>
      )}
    </>
  );
};

const AdvancedFields = ({ form }: { form: TrunkForm }) => {
  const { connectionType, transport } = form.values;
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" verticalSpacing="md">
        <Select
          label={words.transport}
          data={[
            { value: 'udp', label: 'UDP' },
            { value: 'tcp', label: 'TCP' },
            { value: 'tls', label: 'TLS' },
          ]}
          {...form.getInputProps('transport')}
          onChange={(value) => {
            if (value === null) return;
            form.setFieldValue('transport', value as TrunkValues['transport']);
            // a port that was the other transport's own goes with it
            const { port } = form.values;
            if (port === '' || port === 5060 || port === 5061)
              form.setFieldValue('port', value === 'tls' ? 5061 : 5060);
          }}
        />
        <NumberInput
          label={words.port}
          placeholder={words.portText}
          min={1}
          max={65_535}
          {...form.getInputProps('port')}
        />
        {connectionType === 'extension' && (
          <>
            <TextInput
              label={words.username}
              description={words.usernameText}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              autoComplete="off"
              {...form.getInputProps('username')}
            />
            <NumberInput
              label={words.expiry}
              suffix={` ${words.seconds}`}
              min={30}
              max={86_400}
              {...form.getInputProps('expirySeconds')}
            />
          </>
        )}
        <MultiSelect
          label={words.codecs}
          description={words.codecsText}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={codecs.map((value) => ({ value, label: words.codecNames[value] }))}
          searchable
          hidePickedOptions
          {...form.getInputProps('codecs')}
        />
        <NumberInput
          label={words.limit}
          description={words.limitText}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          min={1}
          max={1000}
          {...form.getInputProps('concurrentCallLimit')}
        />
        <Select
          label={words.encryption}
          data={(['off', 'offered', 'required'] as const).map((value) => ({
            value,
            label: words.encryptions[value],
          }))}
          {...form.getInputProps('mediaEncryption')}
        />
        <Select
          label={words.transferMode}
          data={(['refer', 'attended', 'bridge'] as const).map((value) => ({
            value,
            label: words.transferModes[value],
          }))}
          {...form.getInputProps('transferMode')}
        />
      </SimpleGrid>
      {transport === 'tls' && connectionType === 'sip-trunk' && (
        <Text fz="sm" c="dimmed">
          {words.tlsTrunkText}
        </Text>
      )}
      {transport === 'tls' && connectionType === 'extension' && (
        <>
          <Switch label={words.tlsVerify} {...form.getInputProps('tlsVerify', { type: 'checkbox' })} />
          <Textarea
            label={words.tlsCa}
            description={words.tlsCaText}
            placeholder="-----BEGIN CERTIFICATE-----"
            autosize
            minRows={3}
            maxRows={10}
            ff="monospace"
            {...form.getInputProps('tlsCaPem')}
          />
        </>
      )}
      {form.values.transferMode !== 'refer' && (
        <Switch label={words.briefTarget} {...form.getInputProps('briefTarget', { type: 'checkbox' })} />
      )}
      <Switch label={words.allowAny} {...form.getInputProps('allowAnyExtension', { type: 'checkbox' })} />
      <Switch
        label={words.allowOutside}
        {...form.getInputProps('allowOutsideTransfers', { type: 'checkbox' })}
      />
    </Stack>
  );
};
