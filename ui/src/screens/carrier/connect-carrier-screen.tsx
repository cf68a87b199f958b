/** Connect Your Carrier: the ways in which calls can reach Offhook. */
import { SimpleGrid } from '@mantine/core';
import { Network } from 'lucide-react';
import { ChoiceLink } from '../../components/choice.tsx';
import { Page } from '../../components/page.tsx';
import { t } from '../../texts/texts.ts';

const words = t.trunks.carrier;

export const ConnectCarrierScreen = () => (
  <Page
    title={words.title}
    text={words.text}
    parent={{ to: '/numbers', label: t.shell.sections.numbers }}
    isNarrow
  >
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <ChoiceLink
        to="/numbers/connect-carrier/sip-trunk"
        icon={Network}
        title={words.sipTrunk}
        text={words.sipTrunkText}
      />
    </SimpleGrid>
  </Page>
);
