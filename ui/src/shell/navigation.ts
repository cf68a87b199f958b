/** What the navigation offers, in its order. A section appears here when its screens exist. */
import { type LucideIcon, Rocket } from 'lucide-react';
import { t } from '../texts/texts.ts';

export type Section = { to: string; label: string; icon: LucideIcon };
export type SectionGroup = { label: string | null; sections: Section[] };

export const navigation: SectionGroup[] = [
  { label: null, sections: [{ to: '/start', label: t.shell.sections.start, icon: Rocket }] },
];
