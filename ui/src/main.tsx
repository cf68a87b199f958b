/** The page's entry: styles, then the application into #root. */
import '@fontsource-variable/inter';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { styleNonce } from './theme/style-nonce.ts';

// the page's policy allows no code made from strings
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
// what react-style-singleton (scroll locking of dialogs) looks for
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
