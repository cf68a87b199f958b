/** Lets a request pass that bears the API token (RFC 6750), in its header and nowhere else. */
import type { RequestHandler } from 'express';
import { AppError } from '../errors.ts';
import { isToken, type TokenHash } from './token.ts';

export const authenticate =
  (tokenHash: TokenHash): RequestHandler =>
  (request, _response, next) => {
    const [, token] = /^Bearer +([!-~]{1,512})$/i.exec(request.get('authorization') ?? '') ?? [];
    if (token === undefined)
      throw new AppError('unauthorized', 'send the header Authorization: Bearer <token>');
    if (!isToken(token, tokenHash)) throw new AppError('unauthorized', 'this is not the API token');
    next();
  };
