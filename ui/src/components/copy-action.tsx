/** A button that copies text which is shown elsewhere. */
import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { t } from '../texts/texts.ts';

export const CopyAction = ({ label, value }: { label: string; value: string }) => (
  <CopyButton value={value} timeout={1500}>
    {({ copied, copy }) => (
      <Tooltip label={copied ? t.common.copied : t.common.copy(label)}>
        <ActionIcon
          variant="subtle"
          color="gray"
          c={copied ? 'var(--offhook-good)' : 'var(--mantine-color-dimmed)'}
          onClick={copy}
          aria-label={t.common.copy(label)}
        >
          {copied ? <Check size={15} /> : <Copy size={15} />}
        </ActionIcon>
      </Tooltip>
    )}
  </CopyButton>
);
