/** Beside the name of a tab: something in it is not saved yet. */
import { Text, VisuallyHidden } from '@mantine/core';
import { t } from '../texts/texts.ts';

export const UnsavedMark = () => (
  <Text span c="var(--offhook-wait)" fz={9} lh={1}>
    <span aria-hidden title={t.forms.unsaved.mark}>
      ●
    </span>
    <VisuallyHidden>{t.forms.unsaved.mark}</VisuallyHidden>
  </Text>
);
