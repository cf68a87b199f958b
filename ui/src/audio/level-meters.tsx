/** How loud the two sides of a call are, ten times a second, while this is shown. */
import { useEffect, useState } from 'react';
import { type LiveLevels, quietestDb } from '../../../controller/contract/live.ts';
import { useLiveStore } from '../live/use-live.ts';
import { t } from '../texts/texts.ts';
import classes from './audio.module.css';

const words = t.audio.levels;
/** Below it a meter shows nothing: the noise of a line. */
const floorDb = -60;

export const LevelMeters = ({ callId, isTakenOver }: { callId: string; isTakenOver: boolean }) => {
  const { callerDb, agentDb } = useLevels(callId);
  return (
    <section className={classes['levels']} aria-label={words.title}>
      <Meter name={words.caller} db={callerDb} />
      <Meter name={isTakenOver ? words.person : words.agent} db={agentDb} />
    </section>
  );
};

const Meter = ({ name, db }: { name: string; db: number }) => {
  const share = Math.max(0, Math.min(1, 1 - db / floorDb));
  return (
    <>
      <span>{name}</span>
      <div
        className={classes['meter']}
        role="meter"
        aria-label={name}
        aria-valuemin={quietestDb}
        aria-valuemax={0}
        aria-valuenow={db}
        aria-valuetext={words.decibels(db, quietestDb)}
      >
        <span style={{ transform: `scaleX(${share})` }} />
      </div>
    </>
  );
};

const quiet = { callerDb: quietestDb, agentDb: quietestDb };

const useLevels = (callId: string): Omit<LiveLevels, 'callId'> => {
  const { socket } = useLiveStore();
  const [levels, setLevels] = useState(quiet);
  useEffect(() => {
    const heard = (told: LiveLevels): void => {
      if (told.callId === callId) setLevels(told);
    };
    const watch = (): void => void socket.emit('watch', callId);
    socket.on('levels', heard);
    // asked for again after each lost connection
    socket.on('snapshot', watch);
    if (socket.connected) watch();
    return () => {
      socket.off('levels', heard);
      socket.off('snapshot', watch);
      if (socket.connected) socket.emit('watch', null);
      setLevels(quiet);
    };
  }, [socket, callId]);
  return levels;
};
