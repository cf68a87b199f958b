/**
 * The web UI as files: hashed ones for a year, index.html fresh at each visit with a nonce of its own, and index.html
 * again for every address that a screen has. Knows nothing of what the UI does; `tools/ui-build.mjs` makes the files.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { type RequestHandler, Router } from 'express';
import expressStaticGzip from 'express-static-gzip';
import { AppError } from '../errors.ts';

const notScreens = /^\/(?:api|assets|healthz|readyz|metrics|socket\.io)(?:\/|$)/;

export function uiRouter(folder: string): Router {
  const router = Router();
  router.use(
    expressStaticGzip(folder, {
      enableBrotli: true,
      orderPreference: ['br', 'gz'],
      index: false,
      serveStatic: { index: false, redirect: false, dotfiles: 'ignore', setHeaders: setFileHeaders },
    }) as RequestHandler,
  );
  router.get('/{*screen}', async (request, response, next) => {
    if (notScreens.test(request.path) || !request.accepts('html')) {
      next();
      return;
    }
    const page = await readFile(`${folder}/index.html`, 'utf8').catch(() => null);
    if (page === null) {
      throw new AppError(
        'not-found',
        'the web UI has not been built: npm start does it, or node tools/ui-build.mjs',
      );
    }
    const nonce = randomBytes(16).toString('base64');
    response
      .set('Content-Security-Policy', policy(nonce))
      .type('html')
      .send(page.replaceAll('%NONCE%', nonce));
  });
  return router;
}

function setFileHeaders(response: ServerResponse, path: string): void {
  const hashed = path.includes('/assets/');
  response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
}

/** The nonce is for the styles that the component library writes at run time. Scripts come as files only. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
