/** What the navigation offers, in its order. A section appears here when its screens exist. */
import {
  Bot,
  Cable,
  ChartColumn,
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
import type { Role } from '../../../controller/contract/account.ts';
import { t } from '../texts/texts.ts';

export type Section = {
  to: string;
  label: string;
  icon: LucideIcon;
  /** what one has to be to see it; without it everybody does */
  role?: Role;
};
export type SectionGroup = { label: string | null; sections: Section[] };

const navigation: SectionGroup[] = [
  { label: null, sections: [{ to: '/start', label: t.shell.sections.start, icon: Rocket, role: 'admin' }] },
  {
    label: t.shell.groups.calls,
    sections: [
      { to: '/live', label: t.shell.sections.live, icon: PhoneCall },
      { to: '/history', label: t.shell.sections.history, icon: History },
      { to: '/dashboards', label: t.shell.sections.dashboards, icon: ChartColumn },
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
      { to: '/settings/users', label: t.settings.users.title, icon: Users, role: 'admin' },
      { to: '/settings/tokens', label: t.settings.tokens.title, icon: KeyRound, role: 'admin' },
      { to: '/settings/webhooks', label: t.settings.webhooks.title, icon: Webhook, role: 'admin' },
      { to: '/settings/recording', label: t.settings.recording.title, icon: Mic },
      { to: '/settings/wallet', label: t.settings.wallet.title, icon: Wallet },
      { to: '/settings/audit', label: t.settings.audit.title, icon: ScrollText, role: 'admin' },
      { to: '/settings/system', label: t.settings.system.title, icon: HeartPulse },
    ],
  },
];

/** Without what is not for this person, and without groups of which nothing is left. */
export const navigationFor = (may: (role: Role) => boolean): SectionGroup[] =>
  navigation
    .map(({ label, sections }) => ({
      label,
      sections: sections.filter(({ role }) => role === undefined || may(role)),
    }))
    .filter(({ sections }) => sections.length > 0);
