/** /api/v1/openapi.json and /api/docs: the API's document, and a page to read it. Neither needs credentials. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Router } from 'express';
import { openApiDocument } from './openapi.ts';
import type { Route } from './route.ts';

const require = createRequire(import.meta.url);
/** The page's scripts and styles come from the package, never from elsewhere. */
const files = dirname(require.resolve('swagger-ui-dist/package.json'));

/** The library writes styles into its elements, and has its icons as data. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Offhook API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<div id="document"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/open.js"></script>
</html>
`;

const open = `window.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#document',
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: false,
  withCredentials: true,
});
`;

export function documentRouter(routes: readonly Route[], version: string): Router {
  const text = JSON.stringify(openApiDocument(routes, version));
  const router = Router();
  router.get('/api/v1/openapi.json', (_request, response) => {
    response.type('json').send(text);
  });
  router.use('/api/docs', (_request, response, next) => {
    response.set('Content-Security-Policy', policy);
    next();
  });
  router.get('/api/docs', (_request, response) => {
    response.type('html').send(page);
  });
  router.get('/api/docs/open.js', (_request, response) => {
    response.type('js').send(open);
  });
  for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    router.get(`/api/docs/${name}`, (_request, response) => {
      response.sendFile(name, { root: files, cacheControl: false });
    });
  }
  return router;
}
