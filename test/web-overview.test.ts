/** The Overview in a real browser against a real server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startChromium, visit } from './harness/browser.ts';
import { type Peer, startSightline } from './harness/peers.ts';

let server: Peer;
let browser: Browser;
before(async () => {
  [server, browser] = await Promise.all([startSightline(), startChromium()]);
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** Runs in the page: sums its layout shifts from the first paint on. */
const countShifts = `
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifts += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

test('shows the machine, the process and its own state live', async () => {
  const { page, complaints, close } = await visit(browser, server.url);
  const strip = page.locator('dl').first();
  await strip.getByText('ready', { exact: true }).waitFor();
  for (const name of [
    'CPU',
    'Memory',
    'Load',
    'Disk space',
    'Event-loop delay',
    'Points taken in',
  ]) {
    // The number beside the title appears when there is data.
    const headline = page
      .getByRole('article', { name, exact: true })
      .first()
      .locator('header > span')
      .first();
    await headline.filter({ hasText: /\d/ }).waitFor();
  }
  await page.getByRole('img', { name: /^CPU, now \d/ }).waitFor();
  await page.getByText('Nothing is scraped.').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('nothing moves and nothing overflows from 360 px to wide', async () => {
  for (const width of [360, 768, 1440, 2560]) {
    const { page, close } = await visit(browser, 'about:blank', {
      viewport: { width, height: 900 },
    });
    await page.addInitScript(countShifts);
    await page.goto(server.url);
    await page.getByRole('img', { name: /^CPU, now \d/ }).waitFor();
    await page.getByText('Nothing has been refused').waitFor();
    const overflow = Number(
      await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'),
    );
    assert.ok(overflow <= 0, `${width} px: ${overflow} px too wide`);
    const shifts = Number(await page.evaluate('window.shifts'));
    assert.ok(shifts < 0.02, `${width} px: moved by ${shifts}`);
    await close();
  }
});

test('snippets carry the address, and the line above them tells of the first sample by itself', async () => {
  const { page, close } = await visit(browser, server.url);
  await page.getByRole('heading', { name: 'Send data' }).scrollIntoViewIfNeeded();
  await page.getByText('Waiting for the first sample from outside').waitFor();
  await page.getByRole('tab', { name: 'curl' }).click();
  const snippet = await page.getByRole('tabpanel').locator('pre').textContent();
  assert.match(snippet ?? '', new RegExp(`${server.url}/api/v1/import/prometheus`));
  await page.getByRole('button', { name: 'Copy' }).click();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), snippet);
  await fetch(`${server.url}/api/v1/import/prometheus`, {
    method: 'POST',
    body: 'room_celsius{room="kitchen"} 21.5\n',
  });
  await page.getByText('1 sample from outside received').waitFor();
  const row = page.getByRole('row', { name: /^Import/ });
  assert.equal(await row.getByRole('cell').nth(2).textContent(), '1');
  await close();
});

test('each kind of data has its snippets, its numbers and its page', async () => {
  const { page, close } = await visit(browser, server.url);
  const signals = page.getByRole('list', { name: 'Signals' });
  await signals.getByText(/points since the start, kept 7d/).waitFor();
  await signals.getByRole('link', { name: /how to send logs/ }).click();
  await page.waitForURL(/\?send=logs#send-data$/);
  await page.getByText('Waiting for the first log line from outside').waitFor();
  await page.getByRole('tab', { name: 'Alloy, Promtail' }).click();
  await page.getByRole('tabpanel').locator('pre', { hasText: '/loki/api/v1/push' }).waitFor();
  await page.getByText('Traces', { exact: true }).last().click();
  await page.getByRole('tab', { name: 'Zipkin' }).click();
  await page.getByRole('tabpanel').locator('pre', { hasText: '/api/v2/spans' }).waitFor();
  await page.getByRole('radio', { name: 'Logs' }).check({ force: true });
  await fetch(`${server.url}/api/v1/logs?service_name=kitchen`, { method: 'POST', body: 'hot' });
  await page.getByText('1 log line from outside received').waitFor();
  await page.getByRole('link', { name: 'See them in Logs' }).click();
  await page.getByText('hot', { exact: true }).waitFor();
  await close();
});

test('what is refused is told with its reason', async () => {
  const future = Date.now() + 86_400_000;
  await fetch(`${server.url}/api/v1/import/prometheus`, {
    method: 'POST',
    body: `room_celsius{room="attic"} 1 ${future}\n`,
  });
  const { page, close } = await visit(browser, server.url);
  const refused = page.getByRole('region', { name: 'Refused' });
  await refused.getByText('Import').first().waitFor();
  assert.match((await refused.textContent()) ?? '', /\d/);
  await close();
});

test('one sight line runs through all charts, and a drag leads into Explore', async () => {
  const { page, close } = await visit(browser, `${server.url}/?range=15m`);
  await page.getByRole('img', { name: /^Load, now \d/ }).waitFor();
  // A chart that is drawn after the pointer has moved shows its line with the next move only.
  await page.locator('.u-over').nth(10).waitFor();
  const plot = await page.locator('.u-over').first().boundingBox();
  assert.ok(plot);
  await page.mouse.move(plot.x + plot.width / 2, plot.y + 50);
  const clocks = page.getByRole('article').getByText(/^\d\d:\d\d:\d\d$/);
  await clocks.nth(10).waitFor();
  assert.equal(new Set(await clocks.allTextContents()).size, 1);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width, plot.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/\/explore\?.*from=.*to=/);
  await page.getByRole('textbox', { name: 'Query A', exact: true }).waitFor();
  await page.getByRole('img', { name: /^Graph of \d+ series/ }).waitFor();
  await close();
});

test('a hidden tab asks nothing', async () => {
  const { page, close } = await visit(browser, 'about:blank');
  await page.clock.install();
  await page.goto(server.url);
  await page.getByRole('img', { name: /^CPU, now \d/ }).waitFor();
  await page.waitForLoadState('networkidle');
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  const show = (state: string) =>
    page.evaluate(`
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    `);
  await show('hidden');
  await page.clock.runFor(60_000);
  assert.deepEqual(requests, []);
  await show('visible');
  await page.waitForRequest(/query_range/);
  await close();
});

test('the theme follows the system until chosen, and the choice is remembered', async () => {
  const { page, close } = await visit(browser, server.url, { colorScheme: 'light' });
  const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  const light = await ground();
  await page.getByRole('button', { name: 'Use the dark theme' }).click();
  await page.getByRole('button', { name: 'Use the light theme' }).waitFor();
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await ground(), dark);
  await close();
});

test('the keyboard reaches everything', async () => {
  const { page, close } = await visit(browser, server.url);
  await page.getByRole('img', { name: /^CPU/ }).first().waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.waitForURL(/\/explore/);
  // The empty editor takes the focus by itself; Esc leaves it.
  await page.locator('.cm-focused').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.cm-focused').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.waitForURL((url) => url.pathname === '/');
  await close();
});

test('when the server is gone the page says so and keeps what it had', async (context) => {
  const mortal = await startSightline();
  context.after(() => mortal.stop());
  const { page, close } = await visit(browser, mortal.url);
  await page.getByRole('img', { name: /^CPU, now \d/ }).waitFor();
  await mortal.stop();
  await page.locator('dl').first().getByText('no answer').waitFor();
  await page.getByRole('img', { name: /^CPU, now \d/ }).waitFor();
  await close();
});

test('a token is asked for, and snippets then say where it goes', async (context) => {
  const guarded = await startSightline({ args: ['--token', 'open-sesame'] });
  context.after(() => guarded.stop());
  const { page, close } = await visit(browser, guarded.url);
  await page.getByLabel(/Token/).fill('open-sesame');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('dl').first().getByText('ready', { exact: true }).waitFor();
  await page.getByRole('heading', { name: 'Send data' }).scrollIntoViewIfNeeded();
  await page.getByRole('tabpanel').locator('pre', { hasText: 'YOUR_TOKEN' }).waitFor();
  await page.context().clearCookies();
  await page.getByRole('dialog', { name: 'Signed out' }).waitFor();
  await close();
});

test('a part of the page that is gone after an update is no dead end', async () => {
  const { page, close } = await visit(browser, 'about:blank');
  await page.route('**/assets/send-data-*', (route) => route.fulfill({ status: 404 }));
  await page.goto(server.url);
  const fallback = page.getByRole('heading', { name: 'This page could not be drawn' });
  await page.getByRole('heading', { name: 'Send data' }).or(fallback).waitFor();
  await page.mouse.wheel(0, 3000);
  await fallback.waitFor();
  await page.unroute('**/assets/send-data-*');
  await page.getByRole('button', { name: 'Load again' }).click();
  await page.getByRole('heading', { name: 'This machine' }).waitFor();
  await close();
});
