/** A value to be typed in elsewhere: readable, selectable, copied with one click. */
import { Group, Text } from '@mantine/core';
import { CopyAction } from './copy-action.tsx';
import classes from './copy-value.module.css';

export const CopyValue = (props: {
  label: string;
  value: string;
  /** what is copied of it; null: a description, of which there is nothing to copy */
  copied?: string | null;
}) => {
  const { label, value, copied = value } = props;
  return (
    <div className={classes['row']}>
      <Text fz="xs" c="dimmed" className={classes['label']}>
        {label}
      </Text>
      <Group gap={4} wrap="nowrap" className={classes['value']}>
        <Text {...(copied !== null && { ff: 'monospace' })} fz="sm" className={classes['text']}>
          {value}
        </Text>
        {copied !== null && <CopyAction label={label} value={copied} />}
      </Group>
    </div>
  );
};
