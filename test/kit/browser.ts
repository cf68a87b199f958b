/**
 * Debian's Chromium, driven by Playwright, on a controller's web UI. Gathers what a page complains about, so that a test
 * can say that there was nothing. Knows no screen.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { repositoryRoot } from '../../controller/paths.ts';
import { ensureUi } from '../../tools/ui-build.mjs';

export type { BrowserContext, Locator, Page } from 'playwright-core';

const require = createRequire(import.meta.url);

/** A clean profile that stays on this machine: no updates, no calls home. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type ColorScheme = 'light' | 'dark';
export type PageOptions = {
  colorScheme?: ColorScheme;
  width?: number;
  height?: number;
  /** signed in before the first page */
  signIn?: { email: string; password: string };
};

export const openBrowser = async (options: { args?: string[] } = {}): Promise<Browser> => {
  await ensureUi({ log: (line) => process.stderr.write(`${line}\n`) });
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [...flags, ...(options.args ?? [])],
  });
};

export type OpenPage = {
  page: Page;
  context: BrowserContext;
  /** errors of scripts and of the page's policy, as they come; failed requests are not errors of the page */
  complaints: string[];
  close: () => Promise<void>;
};

export const openPage = async (
  browser: Browser,
  url: string,
  options: PageOptions = {},
): Promise<OpenPage> => {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: options.colorScheme ?? 'light',
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    reducedMotion: 'reduce',
    locale: 'en-GB',
  });
  context.setDefaultTimeout(15_000);
  if (options.signIn !== undefined) {
    const answer = await context.request.post('/api/v1/session', { data: options.signIn });
    if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  }
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    const isRequest = /Failed to load resource|WebSocket connection to/.test(text);
    if (message.type() === 'error' && !isRequest) complaints.push(text);
  });
  return { page, context, complaints, close: () => context.close() };
};

type Finding = {
  id: string;
  impact: string | null;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
};

/** What axe finds serious or critical on the page as it is now; a line each. */
export const accessibilityFaults = async (
  page: Page,
  options: { withColours: boolean } = { withColours: true },
): Promise<string[]> => {
  // by the debugger's own door: the page's policy forbids scripts from elsewhere
  await page.evaluate(await axeSource());
  const rules = options.withColours ? '' : 'rules: { "color-contrast": { enabled: false } }, ';
  const findings = await page.evaluate<Finding[]>(
    `axe.run(document, { ${rules}resultTypes: ["violations"] }).then((result) => result.violations)`,
  );
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ html, failureSummary = '' }) => `${id}: ${help}\n  ${html.slice(0, 300)}\n  ${failureSummary}`,
      ),
    );
};

/** Goes on by Tab until this has the focus, as those do who use no mouse. */
export const tabTo = async (page: Page, target: Locator): Promise<void> => {
  await target.waitFor();
  const focused = target.and(page.locator(':focus'));
  for (let presses = 0; (await focused.count()) === 0; presses += 1) {
    if (presses === 80) throw new Error(`Tab does not come to ${String(target)}`);
    await page.keyboard.press('Tab');
  }
};

export const pictureFolder = join(repositoryRoot, 'test-output', 'screenshots');

/**
 * Looks at a page in both colour schemes, and as a phone shows it: axe must find nothing serious, and nothing may be wider
 * than the phone. With SCREENSHOTS=1 (`npm run screenshots`) also leaves a picture of each.
 */
export const inspect = async (page: Page, name: string): Promise<void> => {
  const withPictures = process.env['SCREENSHOTS'] === '1';
  const picture = async (kind: string): Promise<void> => {
    // the header stands still in the window, and in the picture where the window was
    await page.evaluate('scrollTo(0, 0)');
    await page.screenshot({ path: join(pictureFolder, `${name}-${kind}.png`), fullPage: true });
  };
  const faults: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    // colours on their way from one scheme to the other are neither
    await settled(page);
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${name}, ${colorScheme}: ${fault}`));
    if (withPictures) await picture(colorScheme);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  const size = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  // once the page has seen its new width, which moves the navigation away
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  await settled(page);
  const tooWide = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  if (tooWide > 0) faults.push(`${name}, phone: ${tooWide} px wider than the screen`);
  // the colours are those that were looked at above
  const narrow = await accessibilityFaults(page, { withColours: false });
  faults.push(...narrow.map((fault) => `${name}, phone: ${fault}`));
  if (withPictures) await picture('phone');
  if (size) await page.setViewportSize(size);
  if (faults.length > 0) throw new Error(`not accessible:\n${faults.join('\n')}`);
};

/** Nothing is on its way from one look to another. */
const settled = (page: Page): Promise<unknown> =>
  page.evaluate(
    'Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))',
  );

let axe: Promise<string> | null = null;
const axeSource = (): Promise<string> => {
  axe ??= import('node:fs/promises').then(({ readFile }) =>
    readFile(require.resolve('axe-core/axe.min.js', { paths: [repositoryRoot] }), 'utf8'),
  );
  return axe;
};
