/**
 * The list of live calls: only the rows in sight exist, and each is drawn again only when its own call changed, so that
 * hundreds of calls with many changes a second stay smooth.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useRef } from 'react';
import { CallLength } from '../../calls/call-length.tsx';
import { callerOf, toneOfState } from '../../calls/call-words.ts';
import { StatusPill } from '../../components/status-pill.tsx';
import { useLive } from '../../live/use-live.ts';
import { t } from '../../texts/texts.ts';
import classes from './live.module.css';

const rowHeight = 64;

export const CallList = memo(
  (props: { callIds: readonly string[]; chosen: string | null; onChoose: (callId: string) => void }) => {
    const { callIds, chosen, onChoose } = props;
    const frame = useRef<HTMLDivElement>(null);
    const rows = useVirtualizer({
      count: callIds.length,
      getScrollElement: () => frame.current,
      estimateSize: () => rowHeight,
      getItemKey: (index) => callIds[index] ?? index,
      overscan: 6,
    });
    return (
      <div
        ref={frame}
        className={classes['list']}
        style={{
          height: callIds.length < 8 ? 'auto' : undefined,
          minHeight: Math.min(callIds.length, 8) * rowHeight + 2,
        }}
        role="group"
        aria-label={t.calls.live.title}
      >
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const callId = callIds[index];
            if (callId === undefined) return null;
            return (
              <Row
                key={callId}
                callId={callId}
                top={start}
                isChosen={callId === chosen}
                onChoose={onChoose}
              />
            );
          })}
        </div>
      </div>
    );
  },
);
CallList.displayName = 'CallList';

const Row = memo(
  (props: { callId: string; top: number; isChosen: boolean; onChoose: (callId: string) => void }) => {
    const { callId, top, isChosen, onChoose } = props;
    const call = useLive((state) => state.calls.get(callId));
    if (call === undefined) return null;
    const said = call.timeline.findLast(({ kind }) => kind === 'agent said' || kind === 'caller said');
    const speaker = said?.kind === 'agent said' ? t.calls.agentSaid : t.calls.callerSaid;
    return (
      <button
        type="button"
        className={classes['row']}
        style={{ transform: `translateY(${top}px)` }}
        aria-pressed={isChosen}
        onClick={() => onChoose(callId)}
      >
        <span className={classes['state']}>
          <StatusPill tone={toneOfState[call.state]}>{t.calls.states[call.state]}</StatusPill>
        </span>
        <span className={classes['caller']}>
          {callerOf(call)} → {call.agentName ?? call.calledNumber}
          {call.isTest && ` (${t.calls.test})`}
        </span>
        <span className={classes['length']}>
          <CallLength call={call} />
        </span>
        <span className={classes['said']}>
          {said === undefined ? `${call.trunkName}, ${call.calledNumber}` : `${speaker}: ${said.text}`}
        </span>
      </button>
    );
  },
);
