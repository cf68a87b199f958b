/** /trunks/:trunkId/resolve: what the trunk's agent would do with a phrase. */
import type { Configuration } from '../configuration.ts';
import type { DirectoryEntry } from '../contract/extension.ts';
import { TriedPhrase, TryPhraseInput } from '../contract/try-phrase.ts';
import type { Settings } from '../receptionist/dialogue.ts';
import { viewer } from './caller.ts';
import { findTrunk } from './input.ts';
import { type Route, route } from './route.ts';

export type TryPhraseRoutes = {
  configuration: Configuration;
  phrases: {
    try(phrase: string, directory: readonly DirectoryEntry[], settings: Settings): Promise<TriedPhrase>;
  };
};

export function tryPhraseRoutes({ configuration, phrases }: TryPhraseRoutes): Route[] {
  return [
    route({
      method: 'post',
      path: '/trunks/:trunkId/resolve',
      id: 'tryPhrase',
      tag: 'Directory',
      summary: 'What the agent of a trunk would do with words of a caller',
      description:
        'The built-in receptionist’s understanding and dialogue, as if the recogniser had heard each word without doubt. Nothing is dialled.',
      access: viewer('directory:read'),
      body: TryPhraseInput,
      answer: TriedPhrase,
      unaudited: true,
      handle: async ({ workspaceId, params, body }) => {
        const view = configuration.of(workspaceId);
        const { directory, agentId } = findTrunk(view, params.trunkId);
        const agent = agentId === null ? undefined : view.agents.get(agentId);
        const settings = {
          greeting: '',
          confirm: agent?.settings.confirm ?? 'when unsure',
          fallbackExtension: agent?.settings.fallbackExtension ?? null,
          maxMisses: 3,
        };
        return { body: await phrases.try(body.phrase, directory, settings) };
      },
    }),
  ];
}
