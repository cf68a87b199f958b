/** Connect Your Carrier → SIP Trunk: which PBX, how, its values; then what is left to do on the PBX. */
import { SimpleGrid } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { PbxType, type SipTrunkWithPassword, type Trunk } from '../../../../controller/contract/trunk.ts';
import { ChoiceLink } from '../../components/choice.tsx';
import { Page } from '../../components/page.tsx';
import { useToMain } from '../../shell/to-main.ts';
import { t } from '../../texts/texts.ts';
import { ConnectForm } from './connect-form.tsx';
import { ConnectedTrunk } from './connected-trunk.tsx';

const words = t.trunks.carrier;

export const SipTrunkScreen = () => {
  const [search] = useSearchParams();
  const [made, setMade] = useState<Trunk | SipTrunkWithPassword | null>(null);
  const chosen = PbxType.safeParse(search.get('pbx'));
  useToMain(made?.id ?? chosen.data ?? '');
  const parent = { to: '/numbers/connect-carrier', label: words.title };
  if (made !== null) return <ConnectedTrunk trunk={made} />;
  if (chosen.success)
    return (
      <Page
        title={words.details(t.trunks.types[chosen.data])}
        parent={{ to: '/numbers/connect-carrier/sip-trunk', label: words.whichPbx }}
        isNarrow
      >
        <ConnectForm key={chosen.data} pbxType={chosen.data} onMade={setMade} />
      </Page>
    );
  return (
    <Page title={words.whichPbx} text={words.whichPbxText} parent={parent} isNarrow>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        {PbxType.options.map((pbxType) => (
          <ChoiceLink
            key={pbxType}
            to={`?pbx=${pbxType}`}
            title={t.trunks.types[pbxType]}
            text={words.hints[pbxType]}
          />
        ))}
      </SimpleGrid>
    </Page>
  );
};
