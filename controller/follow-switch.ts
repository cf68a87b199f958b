/** Hands each event of the switch to everybody whom it concerns. */
import type { LiveCalls } from './calls/live-calls.ts';
import { switchAdvice } from './contract/problems.ts';
import type { TrunkEvents } from './diagnostics/trunk-events.ts';
import type { Logger } from './log.ts';
import type { SwitchEvent } from './switch/port.ts';
import type { SwitchKeeper } from './switch-keeper.ts';
import type { Registrations } from './trunks/registrations.ts';
import type { SipTrunks } from './trunks/sip-trunks.ts';
import type { Validations } from './validation/validations.ts';

export const followSwitch = (parts: {
  liveCalls: LiveCalls;
  validations: Validations;
  keeper: SwitchKeeper;
  trunkEvents: TrunkEvents;
  registrations: Registrations;
  sipTrunks: SipTrunks;
  /** how the connection is, in words */
  onText: (text: string) => void;
  log: Logger;
}) => {
  const { liveCalls, validations, keeper, trunkEvents, registrations, sipTrunks, log } = parts;
  return (event: SwitchEvent): void => {
    liveCalls.handle(event);
    validations.handle(event);
    switch (event.type) {
      case 'link-up':
        parts.onText('connected');
        log.info(
          { calls: event.channels.length, registrations: event.registrations.size },
          'switch connected',
        );
        keeper.linkUp();
        trunkEvents.switchUp();
        registrations.linkUp(event.registrations);
        sipTrunks.linkUp();
        for (const { trunkId } of event.channels) sipTrunks.called(trunkId);
        return;
      case 'link-down':
        parts.onText(`not connected: ${event.reason}`);
        log.error({ reason: event.reason }, 'switch not connected; trying again');
        keeper.linkDown();
        trunkEvents.switchDown(event.reason, switchAdvice.check);
        registrations.linkDown(event.reason);
        return;
      case 'registration':
        registrations.report(event.trunkId, event.state);
        return;
      case 'pbx-registered':
      case 'pbx-unregistered':
      case 'pbx-rejected':
        if (event.type === 'pbx-rejected' && event.trunkId !== null)
          trunkEvents.rejected(event.trunkId, event.reason);
        sipTrunks.handle(event);
        return;
      case 'offered':
        sipTrunks.called(event.channel.trunkId);
        return;
      case 'dtmf':
      case 'ended':
        return;
    }
  };
};
