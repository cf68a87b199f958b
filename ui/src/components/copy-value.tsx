/** A value to be typed in elsewhere: readable, selectable, copied with one click. */
import { ActionIcon, CopyButton, Group, Text, Tooltip } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { t } from '../texts/texts.ts';
import classes from './copy-value.module.css';

export const CopyValue = ({ label, value }: { label: string; value: string }) => (
  <div className={classes['row']}>
    <Text fz="xs" c="dimmed" className={classes['label']}>
      {label}
    </Text>
    <Group gap={4} wrap="nowrap" className={classes['value']}>
      <Text ff="monospace" fz="sm" className={classes['text']}>
        {value}
      </Text>
      <CopyButton value={value} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t.common.copied : t.common.copy(label)}>
            <ActionIcon
              variant="subtle"
              color={copied ? 'teal' : 'gray'}
              c={copied ? 'var(--offhook-good)' : 'var(--mantine-color-dimmed)'}
              onClick={copy}
              aria-label={t.common.copy(label)}
            >
              {copied ? <Check size={15} /> : <Copy size={15} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  </div>
);
