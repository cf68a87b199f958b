/** Writes docs/offhook.v1.schema.json from the zod schemas of the protocol; a test holds the file equal to them. */
import { writeFileSync } from 'node:fs';
import { offhookSchema } from '../controller/bots/offhook-messages.ts';
import { repositoryPath } from '../controller/paths.ts';

writeFileSync(repositoryPath('docs/offhook.v1.schema.json'), `${JSON.stringify(offhookSchema(), null, 2)}\n`);
