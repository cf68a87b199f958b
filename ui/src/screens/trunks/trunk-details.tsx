/** The values of a trunk that are typed in elsewhere, each to copy. */
import { Anchor, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { certificateQuery } from '../../api/queries.ts';
import { CopyValue } from '../../components/copy-value.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { t } from '../../texts/texts.ts';

const words = t.trunks.fields;

export const TrunkDetails = ({ trunk, password = null }: { trunk: Trunk; password?: string | null }) => {
  const transport = trunk.transport.toUpperCase();
  const isTrunk = trunk.connectionType === 'sip-trunk';
  // the PBX of a SIP trunk is told where to go, and not where it is
  const port = isTrunk ? trunk.registrar?.port : trunk.port;
  const wire = port === undefined ? transport : `${transport} · ${port}`;
  const own =
    trunk.connectionType === 'extension'
      ? [
          { label: words.extension, value: trunk.extension },
          { label: words.username, value: trunk.username },
          { label: words.authId, value: trunk.authId },
        ]
      : trunk.authentication === 'ip-allowlist'
        ? [{ label: words.addresses, value: trunk.allowedAddresses.join(', ') }]
        : [
            { label: words.sipUsername, value: trunk.username },
            ...(password === null ? [] : [{ label: words.sipPassword, value: password }]),
          ];
  const values = [
    isTrunk
      ? { label: words.registrar, value: trunk.registrar?.host ?? words.registrarUnknown }
      : { label: words.domain, value: trunk.domain },
    ...own,
    { label: `${words.transport} · ${words.port}`, value: wire },
    ...(trunk.mediaEncryption === 'off'
      ? []
      : [{ label: words.encryption, value: words.encryptions[trunk.mediaEncryption] }]),
    { label: words.codecs, value: trunk.codecs.join(', ') },
    { label: words.limit, value: String(trunk.concurrentCallLimit) },
  ];
  return (
    <div>
      {values.map(({ label, value }) => (
        <CopyValue key={label} label={label} value={value} />
      ))}
      {isTrunk && trunk.transport === 'tls' && <OwnCertificate host={trunk.registrar?.host ?? null} />}
    </div>
  );
};

/** What a PBX sees that connects over TLS, and how it comes to trust it. */
const OwnCertificate = ({ host }: { host: string | null }) => (
  <Loaded query={useQuery(certificateQuery)}>
    {({ isSelfSigned, issuer, fitsRegistrar, fingerprint }) => (
      <>
        <CopyValue label={`${words.certificate} (SHA-256)`} value={fingerprint} />
        <Group justify="space-between" gap="sm" wrap="nowrap" align="flex-start" mt={4}>
          <Text fz="xs" c="dimmed">
            {isSelfSigned ? words.certificateText : words.certificateSigned(issuer)}
          </Text>
          <Anchor href="/api/v1/certificate" download="offhook.crt" fz="sm" underline="always">
            {words.certificateDownload}
          </Anchor>
        </Group>
        {fitsRegistrar === false && host !== null && (
          <Text fz="xs" c="var(--offhook-bad)" mt={4}>
            {words.certificateDoesNotFit(host)}
          </Text>
        )}
      </>
    )}
  </Loaded>
);
