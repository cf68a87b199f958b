/** /trunks/:trunkId/validate starts the nine points; /trunks/:trunkId/validation is how far they are, or how they went. */
import type { Configuration } from '../configuration.ts';
import { ValidationAnswer } from '../contract/answers.ts';
import { type Validation, ValidationInput } from '../contract/validation.ts';
import { AppError } from '../errors.ts';
import { operator, viewer } from './caller.ts';
import { findTrunk } from './input.ts';
import { type Route, route } from './route.ts';

export type ValidationRoutes = {
  configuration: Configuration;
  validations: {
    start(trunkId: string, input: ValidationInput): Promise<Validation>;
    find(trunkId: string): Promise<Validation | null>;
  };
};

export function validationRoutes({ configuration, validations }: ValidationRoutes): Route[] {
  return [
    route({
      method: 'post',
      path: '/trunks/:trunkId/validate',
      id: 'validateTrunk',
      tag: 'Trunks',
      summary: 'Check a trunk by itself: nine points, with a test call and a test transfer',
      description:
        'Answers at once; the results come one by one, also over the live socket. The test call is marked in the history and counts against no limit.',
      access: operator('trunks:control'),
      body: ValidationInput,
      bodyOptional: true,
      status: 202,
      answer: ValidationAnswer,
      problems: ['conflict', 'switch-down'],
      handle: async ({ workspaceId, params, body }) => {
        const { id: trunkId } = findTrunk(configuration.of(workspaceId), params.trunkId);
        return {
          body: await validations.start(trunkId, body),
          location: `/api/v1/trunks/${trunkId}/validation`,
        };
      },
    }),
    route({
      method: 'get',
      path: '/trunks/:trunkId/validation',
      id: 'getTrunkValidation',
      tag: 'Trunks',
      summary: 'How far the validation of a trunk is, or how the last one went',
      access: viewer('calls:read'),
      answer: ValidationAnswer,
      handle: async ({ workspaceId, params }) => {
        const { id: trunkId } = findTrunk(configuration.of(workspaceId), params.trunkId);
        const validation = await validations.find(trunkId);
        if (validation === null) throw new AppError('not-found', 'this trunk has not been validated yet');
        return { body: validation };
      },
    }),
  ];
}
