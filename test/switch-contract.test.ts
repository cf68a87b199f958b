/** The contract of both switches in one file, one after the other: beside each other they lack the CPU to send tones evenly. */
import { switchContract } from './switch-contract/contract.ts';

switchContract('freeswitch');
switchContract('asterisk');
