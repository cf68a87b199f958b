/** The values of a trunk that are typed in elsewhere, each to copy. */
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { CopyValue } from '../../components/copy-value.tsx';
import { t } from '../../texts/texts.ts';

const words = t.trunks.fields;

export const TrunkDetails = ({ trunk, password = null }: { trunk: Trunk; password?: string | null }) => {
  const wire = `${trunk.transport.toUpperCase()} · ${trunk.port}`;
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
    { label: words.domain, value: trunk.domain },
    ...own,
    { label: `${words.transport} · ${words.port}`, value: wire },
    { label: words.codecs, value: trunk.codecs.join(', ') },
    { label: words.limit, value: String(trunk.concurrentCallLimit) },
  ];
  return (
    <div>
      {values.map(({ label, value }) => (
        <CopyValue key={label} label={label} value={value} />
      ))}
    </div>
  );
};
