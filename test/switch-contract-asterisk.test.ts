/** What every switch must do, by Asterisk. A file a switch, so that both can be tried beside each other. */
import { switchContract } from './switch-contract/contract.ts';

switchContract('asterisk');
