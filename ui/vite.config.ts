/** How the web UI is built (tools/ui-build.mjs) and served while one works on it (`npm run dev:ui`). */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const controller = process.env['OFFHOOK_URL'] ?? 'http://127.0.0.1:8080';

/**
 * Puts a compressed copy beside each file, so that the controller compresses nothing while it carries calls. From the
 * written files: in `generateBundle` Vite's own changes are still to come.
 */
const precompress = (): Plugin => ({
  name: 'precompress',
  apply: 'build',
  async writeBundle({ dir = '' }, bundle) {
    for (const fileName of Object.keys(bundle)) {
      if (!/\.(?:js|css|svg)$/.test(fileName)) continue;
      const file = join(dir, fileName);
      const source = await readFile(file);
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
      await writeFile(`${file}.br`, await promisify(brotliCompress)(source, { params }));
      await writeFile(`${file}.gz`, await promisify(gzip)(source, { level: 9 }));
    }
  },
});

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), precompress()],
  // the controller puts a fresh one into each page that it serves
  html: { cspNonce: '%NONCE%' },
  build: {
    target: 'es2022',
    // the first ones that know light-dark()
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    manifest: 'manifest.json',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
  server: {
    fs: { allow: ['..'] },
    proxy: Object.fromEntries(
      ['/api', '/readyz', '/healthz', '/socket.io'].map((path) => [
        path,
        { target: controller, ws: path === '/socket.io' || path === '/api' },
      ]),
    ),
  },
});
