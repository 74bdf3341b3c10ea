/** The Search page in a real browser against a real server, with logs, spans, metrics and a remote server that is down. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startChromium, visit } from './harness/browser.ts';
import { temporaryDirectory } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { freePort } from './harness/process.ts';
import { attribute, nanos, postJson, sendSpans } from './harness/spans.ts';

let server: Peer;
let browser: Browser;
const nowMs = Date.now();
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const oldTrace = '5bf92f3577b34da6a3ce929d0e0e4736';

function record(ms: number, text: string, severity: number, more: object = {}) {
  return {
    timeUnixNano: nanos(ms),
    severityNumber: severity,
    body: { stringValue: text },
    attributes: [{ key: 'user.id', value: { intValue: '42' } }],
    ...more,
  };
}

async function sendLogs(service: string, logRecords: readonly object[]): Promise<void> {
  const resource = { attributes: [attribute('service.name', service)] };
  await postJson(`${server.url}/v1/logs`, {
    resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }],
  });
}

before(async () => {
  const config = join(temporaryDirectory('web-search'), 'sightline.yaml');
  const url = `http://127.0.0.1:${await freePort()}`;
  writeFileSync(config, `search:\n  remotes:\n    - { name: far, type: loki, url: '${url}' }\n`);
  [server, browser] = await Promise.all([
    startSightline({ args: ['--config', config] }),
    startChromium(),
  ]);
  const traced = { traceId, spanId };
  await sendLogs('checkout', [
    record(nowMs - 30_000, 'Timeout of the payment provider', 17, traced),
    record(nowMs - 20_000, 'order "timeout" <b>placed</b>', 9),
    ...Array.from({ length: 150 }, (_, index) =>
      record(nowMs - 60_000 - index * 100, `tick ${index}`, 5),
    ),
  ]);
  await sendLogs('cart', [record(nowMs - 10_000, 'cart emptied', 9)]);
  const common = { service: 'checkout', kind: 2, ms: 120 };
  await sendSpans(server.url, nowMs - 25_000, [
    { ...common, trace: traceId, id: spanId, name: 'POST /pay', at: 0, ms: 320, failed: true },
    {
      ...common,
      trace: traceId,
      id: '00f067aa0ba902b8',
      parent: spanId,
      name: 'wait for timeout',
      at: 5,
    },
  ]);
  await sendSpans(server.url, nowMs - 5 * 3_600_000, [
    { ...common, trace: oldTrace, id: '10f067aa0ba902b7', name: 'GET /old', at: 0 },
  ]);
  await fetch(`${server.url}/api/v1/import/prometheus`, {
    method: 'POST',
    body: '# HELP timeouts_total Calls given up.\n# TYPE timeouts_total counter\ntimeouts_total{service="checkout"} 3\n',
  });
});
after(async () => {
  await browser.close();
  await server.stop();
});

function address(search: Record<string, string> = {}): string {
  return `${server.url}/search?${new URLSearchParams(search)}`;
}

const results = (page: Page) => page.getByRole('list', { name: 'Results' }).getByRole('listitem');
const result = (page: Page, text: string | RegExp) =>
  results(page).filter({ hasText: text }).first();
const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);
const box = (page: Page) => page.getByRole('textbox', { name: 'Search' });
const tab = (page: Page, name: string | RegExp) => page.getByRole('tab', { name });

test('words find lines, spans and metrics by time; a side that is down is named', async () => {
  const { page, complaints, close } = await visit(browser, server.url);
  await page.getByRole('link', { name: 'Search' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.waitForURL(/search/);
  await page.getByRole('list', { name: 'Examples' }).waitFor();
  await page.keyboard.type('timeout');
  await tab(page, 'All 4').waitFor();
  const texts = await results(page).allInnerTexts();
  assert.equal(texts.length, 3);
  assert.match(texts[0] ?? '', /Log[\s\S]*INFO[\s\S]*checkout[\s\S]*order "timeout" <b>placed/);
  assert.match(
    texts[1] ?? '',
    /Trace[\s\S]*POST \/pay[\s\S]*wait for timeout[\s\S]*2 spans[\s\S]*1 error[\s\S]*320 ms/,
  );
  assert.match(texts[2] ?? '', /Log[\s\S]*ERROR[\s\S]*Timeout of the payment/);
  assert.deepEqual(await results(page).locator('mark').allInnerTexts(), [
    'timeout',
    'timeout',
    'Timeout',
  ]);
  await tab(page, 'Logs 2').waitFor();
  await tab(page, 'Traces 1').waitFor();
  await page.getByText(/far \(logs\): .*ECONNREFUSED/).waitFor();
  await tab(page, 'Metrics 1').click();
  await result(page, /timeouts_total\s*counter\s*Calls given up/).waitFor();
  assert.equal(parameter(page, 'type'), 'metrics');
  assert.equal(parameter(page, 'q'), 'timeout');
  await page.reload();
  await result(page, 'timeouts_total').waitFor();
  assert.equal(await box(page).inputValue(), 'timeout');
  assert.deepEqual(complaints, []);
  await close();
});

test('results lead to the line, the trace and Explore', async () => {
  const { page, close } = await visit(browser, address({ q: 'timeout' }));
  await result(page, 'payment provider').getByRole('link').click();
  await page.waitForURL(/\/logs\?/);
  await page
    .locator('[data-details]')
    .getByText('Timeout of the payment provider')
    .first()
    .waitFor();
  await page.goBack();
  await result(page, 'POST /pay').getByRole('link').click();
  await page.waitForURL(new RegExp(`/traces/${traceId}\\?span=00f067aa0ba902b8`));
  await page.getByText('wait for timeout').first().waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'timeouts_total' }).click();
  await page.waitForURL(/explore/);
  assert.equal(parameter(page, 'a'), 'rate(timeouts_total[5m])');
  await close();
});

test('filters become chips, which are removed and changed', async () => {
  const { page, close } = await visit(browser, address());
  await box(page).fill('');
  await page.keyboard.type('level:error ');
  await page.getByRole('button', { name: 'Remove level:error' }).waitFor();
  assert.equal(await box(page).inputValue(), '');
  await page.keyboard.type('user.id:42 payment');
  await page.getByRole('button', { name: 'Remove user.id:42' }).waitFor();
  await page.waitForURL(/payment/);
  assert.equal(parameter(page, 'q'), 'level:error user.id:42 payment');
  await result(page, 'payment provider').waitFor();
  await tab(page, 'All 1').waitFor();
  const sides = page.getByRole('list', { name: 'Sides of the search' });
  await sides.getByText('not asked').waitFor();
  await page.getByRole('button', { name: 'Remove user.id:42' }).click();
  await page.waitForURL((url) => url.searchParams.get('q') === 'level:error payment');
  await box(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Backspace');
  assert.equal(await box(page).inputValue(), 'level:error payment');
  await box(page).fill('service:cart');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.searchParams.get('q') === 'service:cart');
  await result(page, 'cart emptied').waitFor();
  await page.goBack();
  await page.waitForURL(/payment/);
  assert.equal(await box(page).inputValue(), 'payment');
  await close();
});

test('the keyboard goes from the box into the results and opens one', async () => {
  const { page, close } = await visit(browser, address({ q: 'timeout' }));
  // The keys count rows: all sides must have answered.
  await tab(page, 'All 4').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.press('ArrowDown');
  for (const key of ['j', 'ArrowDown', 'k', 'j']) await page.keyboard.press(key);
  const focused = page.locator(':focus');
  assert.match((await focused.textContent()) ?? '', /payment provider/);
  for (const key of ['k', 'k', 'k']) await page.keyboard.press(key);
  assert.equal(await focused.getAttribute('aria-label'), 'Search');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/logs\?/);
  await page.locator('[data-details]').getByText('placed').first().waitFor();
  await close();
});

test('typing on cancels what was asked', async () => {
  const { page, close } = await visit(browser, address());
  const failed: string[] = [];
  const asked: string[] = [];
  page.on('request', (request) => {
    const body = request.postData() ?? '';
    if (body.includes('freeText')) asked.push(JSON.parse(body).freeText);
  });
  page.on('requestfailed', (request) => failed.push(request.postData() ?? ''));
  // The first search hangs until it is cancelled.
  await page.route('**/api/v1/search', async (route) => {
    if (route.request().postData()?.includes('"tick"') === true) return;
    await route.continue();
  });
  await box(page).fill('tick');
  await page.getByRole('status', { name: 'Searching' }).waitFor();
  await box(page).fill('emptied');
  await result(page, 'cart emptied').waitFor();
  assert.ok(failed.some((body) => body.includes('"tick"')));
  assert.deepEqual(asked, ['tick', 'emptied']);
  await close();
});

test('a side with more says so, and gives more when asked', async () => {
  const { page, close } = await visit(browser, address({ q: 'tick' }));
  await tab(page, 'Logs 100+').waitFor();
  await page.getByText(/newest 100, back to/).waitFor();
  assert.ok((await results(page).count()) < 100, 'only rows in view are in the document');
  await page.getByRole('button', { name: 'Up to 1,000 of each' }).click();
  await tab(page, 'Logs 150').waitFor();
  assert.equal(parameter(page, 'limit'), '1000');
  await close();
});

test('the id of a trace finds it, its lines, and a way to it whatever its time', async () => {
  const { page, close } = await visit(browser, address());
  await box(page).fill(` ${traceId.toUpperCase()} `);
  await page.keyboard.press('Enter');
  await result(page, 'POST /pay').waitFor();
  await result(page, 'payment provider').waitFor();
  await box(page).fill(oldTrace);
  await page.getByText('Nothing found in this time').waitFor();
  await page.getByRole('link', { name: `Open the trace ${oldTrace}` }).click();
  await page.getByText('GET /old').first().waitFor();
  await page.goBack();
  await page.getByRole('button', { name: 'Last 24 hours' }).click();
  await result(page, 'GET /old').waitFor();
  assert.equal(parameter(page, 'from'), 'now-24h');
  await close();
});

test('examples find something, on a narrow screen too', async () => {
  const options = { viewport: { width: 390, height: 800 } };
  const { page, complaints, close } = await visit(browser, address(), options);
  const examples = page.getByRole('list', { name: 'Examples' }).getByRole('button');
  await examples.first().waitFor();
  const count = await examples.count();
  assert.equal(count, 5);
  for (let index = 0; index < count; index += 1) {
    await examples.nth(index).click();
    await page.waitForURL(/q=/);
    await results(page).first().waitFor();
    const width = await page.locator('html').evaluate((html) => html.scrollWidth);
    assert.ok(width <= 390, `${width} pixels wide`);
    await page.goto(address());
    await examples.first().waitFor();
  }
  assert.deepEqual(complaints, []);
  await close();
});
