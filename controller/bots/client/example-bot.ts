/** An example: says back what it hears, half a second later. 0 asks for the reception, * drops what waits, # hangs up. */
import { type BotCall, serveBot } from './offhook-bot.ts';

const delayFrames = 25;

const answer = (call: BotCall): void => {
  const heard: Buffer[] = [];
  call.onAnswered = ({ resumed }) => {
    console.log(`${resumed ? 'Again' : 'A call'} from ${call.start.from.number} to ${call.start.to}`);
    call.transcript('agent', 'I say back what you say.');
  };
  call.onAudio = (frame) => {
    heard.push(frame);
    if (heard.length > delayFrames) call.play(heard.shift() as Buffer);
  };
  const press = async (digit: string): Promise<void> => {
    if (digit === '#') call.hangUp();
    if (digit === '*') console.log('dropped', await call.clear());
    if (digit === '0') console.log(await call.tool('transfer_to_pbx', { destination: 'reception' }));
  };
  call.onDtmf = (digit) => void press(digit);
  call.onEnd = () => console.log('The call is over');
};

const { port } = await serveBot({ port: Number(process.env['PORT'] ?? 9000), onCall: answer });
console.log(`Set the agent's address to ws://<this machine>:${port}`);
