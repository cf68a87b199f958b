/**
 * SIP messages as a ladder: the PBX on the left, Offhook on the right, time downwards. Each message is a button that
 * opens it. Knows no call and no trunk.
 */
import { Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import type { TracedMessage } from '../../../controller/contract/sip-trace.ts';
import { CopyAction } from '../components/copy-action.tsx';
import type { Tone } from '../components/status-dot.tsx';
import { t } from '../texts/texts.ts';
import classes from './ladder.module.css';
import { labelOf, timeOf, toneOf } from './ladder-words.ts';

export const Ladder = ({ messages }: { messages: readonly TracedMessage[] }) => {
  const [open, setOpen] = useState<number | null>(null);
  return (
    <Stack gap={4}>
      <Text fz="sm" c="dimmed">
        {t.calls.ladder.open}
      </Text>
      <div className={classes['head']} aria-hidden="true">
        <span>{t.calls.ladder.pbx}</span>
        <span>{t.calls.ladder.us}</span>
      </div>
      <ol className={classes['list']}>
        {messages.map((message, index) => (
          <li key={`${message.at}-${index}`}>
            <Row
              message={message}
              isOpen={open === index}
              onToggle={() => setOpen(open === index ? null : index)}
            />
          </li>
        ))}
      </ol>
    </Stack>
  );
};

const Row = (props: { message: TracedMessage; isOpen: boolean; onToggle: () => void }) => {
  const { message, isOpen, onToggle } = props;
  const isToPbx = message.direction === 'to PBX';
  const tone: Tone = toneOf(message);
  const label = labelOf(message);
  return (
    <>
      <button
        type="button"
        className={classes['row']}
        data-tone={tone}
        aria-expanded={isOpen}
        onClick={onToggle}
      >
        <time className={classes['time']} dateTime={message.at}>
          {timeOf(message.at)}
        </time>
        <span>
          <span className={classes['label']}>
            <span>{label}</span>
            <VisuallyHidden>{isToPbx ? t.calls.ladder.toPbx : t.calls.ladder.fromPbx}</VisuallyHidden>
            {message.retransmission && (
              <span className={classes['note']}>{t.calls.ladder.retransmission}</span>
            )}
          </span>
          <Arrow isToPbx={isToPbx} isDashed={message.retransmission} />
        </span>
      </button>
      {isOpen && (
        <div className={classes['message']}>
          <Group justify="space-between" gap="xs">
            <Text fz="xs" c="dimmed">
              {message.transport} {message.from} → {message.to}
            </Text>
            <CopyAction label={t.calls.ladder.copy} value={message.text} />
          </Group>
          <pre className={classes['text']}>{message.text}</pre>
        </div>
      )}
    </>
  );
};

/** Two lifelines and the arrow between them, stretched to the width there is. */
const Arrow = ({ isToPbx, isDashed }: { isToPbx: boolean; isDashed: boolean }) => (
  <svg className={classes['arrow']} viewBox="0 0 100 38" preserveAspectRatio="none" aria-hidden="true">
    {[0, 100].map((x) => (
      <line
        key={x}
        className={classes['lifeline']}
        x1={x}
        x2={x}
        y1={0}
        y2={38}
        vectorEffect="non-scaling-stroke"
      />
    ))}
    <line
      x1={0.4}
      x2={99.6}
      y1={28}
      y2={28}
      strokeWidth={1.6}
      vectorEffect="non-scaling-stroke"
      {...(isDashed ? { strokeDasharray: '5 4' } : {})}
    />
    <path
      d={isToPbx ? 'M 1.4 24 L 0.3 28 L 1.4 32' : 'M 98.6 24 L 99.7 28 L 98.6 32'}
      strokeWidth={1.6}
      vectorEffect="non-scaling-stroke"
    />
  </svg>
);
