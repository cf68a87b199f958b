/** What the navigation offers, in its order. A section appears here when its screens exist. */
import {
  Bot,
  Cable,
  Hash,
  HeartPulse,
  History,
  KeyRound,
  type LucideIcon,
  Mic,
  PhoneCall,
  Rocket,
  ScrollText,
  Users,
  Wallet,
  Webhook,
} from 'lucide-react';
import { t } from '../texts/texts.ts';

export type Section = { to: string; label: string; icon: LucideIcon };
export type SectionGroup = { label: string | null; sections: Section[] };

export const navigation: SectionGroup[] = [
  { label: null, sections: [{ to: '/start', label: t.shell.sections.start, icon: Rocket }] },
  {
    label: t.shell.groups.calls,
    sections: [
      { to: '/live', label: t.shell.sections.live, icon: PhoneCall },
      { to: '/history', label: t.shell.sections.history, icon: History },
    ],
  },
  {
    label: t.shell.groups.setup,
    sections: [
      { to: '/numbers', label: t.shell.sections.numbers, icon: Hash },
      { to: '/agents', label: t.shell.sections.agents, icon: Bot },
    ],
  },
  {
    label: t.shell.groups.settings,
    sections: [
      { to: '/settings/pbx', label: t.shell.sections.pbx, icon: Cable },
      { to: '/settings/users', label: t.settings.users.title, icon: Users },
      { to: '/settings/tokens', label: t.settings.tokens.title, icon: KeyRound },
      { to: '/settings/webhooks', label: t.settings.webhooks.title, icon: Webhook },
      { to: '/settings/recording', label: t.settings.recording.title, icon: Mic },
      { to: '/settings/wallet', label: t.settings.wallet.title, icon: Wallet },
      { to: '/settings/audit', label: t.settings.audit.title, icon: ScrollText },
      { to: '/settings/system', label: t.settings.system.title, icon: HeartPulse },
    ],
  },
];
