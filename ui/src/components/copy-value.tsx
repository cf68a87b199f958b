/** A value to be typed in elsewhere: readable, selectable, copied with one click. */
import { Group, Text } from '@mantine/core';
import { CopyAction } from './copy-action.tsx';
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
      <CopyAction label={label} value={value} />
    </Group>
  </div>
);
