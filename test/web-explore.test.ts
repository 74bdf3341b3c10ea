/** Explore in a real browser against a real server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startChromium, visit } from './harness/browser.ts';
import { type Peer, startSightline } from './harness/peers.ts';

let server: Peer;
let browser: Browser;
const stepMs = 15_000;
const nowMs = Math.floor(Date.now() / stepMs) * stepMs;

before(async () => {
  [server, browser] = await Promise.all([startSightline(), startChromium()]);
  const lines: string[] = [];
  for (let back = 240; back >= 0; back -= 1) {
    const time = nowMs - back * stepMs;
    for (const [index, path] of ['/', '/cart', '/pay'].entries()) {
      lines.push(
        `shop_requests_total{path="${path}",shop="berlin"} ${(240 - back) * 15 * (index + 1)} ${time}`,
      );
    }
  }
  for (let series = 0; series < 130; series += 1)
    lines.push(`shop_shelf_items{shelf="${series}"} ${series} ${nowMs}`);
  const body = `${lines.join('\n')}\n`;
  const response = await fetch(`${server.url}/api/v1/import/prometheus`, { method: 'POST', body });
  assert.ok(response.ok, await response.text());
});
after(async () => {
  await browser.close();
  await server.stop();
});

function explore(search: Record<string, string>): string {
  return `${server.url}/explore?${new URLSearchParams(search)}`;
}

const rate = 'sum by (path) (rate(shop_requests_total[5m]))';
const editor = (page: Page, letter: string) =>
  page.getByRole('textbox', { name: `Query ${letter}`, exact: true });
const legend = (page: Page) =>
  page.getByRole('button', { pressed: false }).filter({ hasText: 'path=' });

test('a query typed and run is drawn, listed and carried by the link', async () => {
  const { page, complaints, close } = await visit(browser, explore({}));
  await editor(page, 'A').pressSequentially(rate, { delay: 1 });
  await page.keyboard.press('Control+Enter');
  await legend(page).first().waitFor();
  assert.equal(await legend(page).count(), 3);
  assert.equal(new URL(page.url()).searchParams.get('a'), rate);
  const pay = page.getByRole('row', { name: /pay/ });
  // 45 requests each 15 seconds.
  assert.match((await pay.textContent()) ?? '', /3/);
  await page.reload();
  await legend(page).first().waitFor();
  assert.equal(await legend(page).count(), 3);
  assert.deepEqual(complaints, []);
  await close();
});

test('the editor completes names and marks errors where they are', async () => {
  const { page, close } = await visit(browser, explore({}));
  const first = editor(page, 'A');
  await first.pressSequentially('shop_req', { delay: 30 });
  await page.getByRole('option', { name: /shop_requests_total/ }).waitFor();
  // The editor takes no completion in the first moment that the list is there, lest a typist is surprised.
  await page.waitForTimeout(200);
  await page.keyboard.press('Enter');
  assert.equal(await first.textContent(), 'shop_requests_total');
  await first.fill('sum(shop_requests_total');
  await page.keyboard.press('Control+Enter');
  await page
    .getByRole('alert')
    .filter({ hasText: /Line 1, column \d+: .*parse error/ })
    .waitFor();
  await page
    .locator('.cm-lintRange-error, .cm-lintPoint-error')
    .first()
    .waitFor({ state: 'attached' });
  await close();
});

test('several queries are added, hidden, duplicated and removed', async () => {
  const { page, close } = await visit(browser, explore({ a: rate }));
  await legend(page).first().waitFor();
  await page.getByRole('button', { name: 'Add query' }).click();
  await editor(page, 'B').fill('1');
  await page.keyboard.press('Control+Enter');
  await page.getByText('4 series').waitFor();
  await page.getByRole('button', { name: 'Hide query A' }).click();
  await page.getByText('1 series').waitFor();
  await page.getByRole('button', { name: 'Duplicate query B' }).click();
  await page.getByText('2 series').waitFor();
  assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), {
    a: rate,
    b: '1',
    c: '1',
    hide: 'a',
  });
  await page.getByRole('button', { name: 'Remove query A' }).click();
  await page.getByRole('button', { name: 'Remove query C' }).click();
  assert.equal(new URL(page.url()).search, '?b=1');
  await close();
});

test('dragging across the graph zooms, and back returns', async () => {
  const { page, close } = await visit(browser, explore({ a: rate }));
  await legend(page).first().waitFor();
  const plot = await page.locator('.u-over').boundingBox();
  assert.ok(plot);
  await page.mouse.move(plot.x + plot.width / 2, plot.y + 100);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width * 0.75, plot.y + 120, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=/);
  const { searchParams } = new URL(page.url());
  const span =
    Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '');
  assert.ok(span > 13 * 60_000 && span < 17 * 60_000, `${span} ms of an hour`);
  await page.goBack();
  await page.getByRole('button', { name: 'Time range: Last 1 hour' }).waitFor();
  await close();
});

test('the sight line reads out values, and a click isolates a series', async () => {
  const { page, close } = await visit(browser, explore({ a: rate, from: 'now-30m' }));
  await legend(page).first().waitFor();
  const plot = page.locator('.u-over');
  await plot.hover({ position: { x: 300, y: 100 } });
  await page.getByText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/).waitFor();
  await legend(page).filter({ hasText: 'cart' }).click();
  await page.getByText('One of 3 series is shown.').waitFor();
  assert.match(new URL(page.url()).searchParams.get('only') ?? '', /cart/);
  await page.locator('h1').press('Escape');
  await page.getByText('One of 3 series is shown.').waitFor({ state: 'detached' });
  await close();
});

test('ranges are picked, typed and checked', async () => {
  const { page, close } = await visit(browser, explore({ a: rate }));
  const open = () => page.getByRole('button', { name: /^Time range/ }).click();
  await open();
  await page.getByRole('button', { name: 'Last 15 minutes' }).click();
  await page.waitForURL(/from=now-15m/);
  await open();
  await page.getByLabel('From').fill('now-45x');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('"now-45x" is not a time.').waitFor();
  await page.getByLabel('From').fill('now-45m');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Time range: Last 45m' }).waitFor();
  await page.getByLabel('Step').fill('1m');
  await page.keyboard.press('Enter');
  await page.waitForURL(/step=1m/);
  await close();
});

test('the table shows exact values and any kind of answer', async () => {
  const { page, close } = await visit(
    browser,
    explore({ a: 'shop_requests_total{path="/pay"}', view: 'table' }),
  );
  await page
    .getByRole('row', { name: /shop_requests_total\{path="\/pay", shop="berlin"\}\s*10800/ })
    .waitFor();
  await page.goto(explore({ a: 'shop_requests_total[10m]', view: 'table' }));
  await page
    .getByText(/^\d+ samples, last/)
    .first()
    .waitFor();
  await page.goto(explore({ a: 'scalar(1+1)', b: '"words"', view: 'table' }));
  await page.getByRole('alert').waitFor();
  await page.getByText('words').last().waitFor();
  await close();
});

test('native histograms show count, sum and buckets', async () => {
  const point = {
    timeUnixNano: `${nowMs}000000`,
    count: '6',
    sum: 9,
    scale: 0,
    zeroCount: '1',
    positive: { offset: 0, bucketCounts: ['2', '3'] },
  };
  const exponentialHistogram = { aggregationTemporality: 2, dataPoints: [point] };
  const metrics = [{ name: 'shop.latency', unit: 's', exponentialHistogram }];
  const response = await fetch(`${server.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
  });
  assert.ok(response.ok, await response.text());
  const { page, close } = await visit(
    browser,
    explore({ a: 'shop_latency_seconds', view: 'table' }),
  );
  await page.getByText(/^count 6, sum 9, 3 buckets$/).click();
  await page.getByText('(2, 4]').waitFor();
  await page.getByRole('tab', { name: 'Graph' }).click();
  await page.getByText('Native histograms are drawn as their count.').waitFor();
  await close();
});

test('too many series are cut with a notice, and all of them are in the table', async () => {
  const { page, close } = await visit(browser, explore({ a: 'shop_shelf_items' }));
  await page
    .getByText('Query A has 130 series. The 100 with the highest peaks are drawn')
    .waitFor();
  await page.getByRole('tab', { name: 'Table' }).click();
  await page.getByText(/^130 series at/).waitFor();
  const drawn = await page.getByRole('row').count();
  assert.ok(drawn < 130, `${drawn} rows in the document`);
  await close();
});

test('what is shown downloads as CSV', async () => {
  const { page, close } = await visit(browser, explore({ a: rate, from: 'now-30m' }));
  await legend(page).first().waitFor();
  const [graph] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV' }).click(),
  ]);
  const text = readFileSync(await graph.path(), 'utf8');
  assert.match(text, /^time,"\{path=""\/""\}","\{path=""\/cart""\}","\{path=""\/pay""\}"\r\n/);
  assert.match(text, /\r\n[\dT:.-]+Z,(1|0\.9{6}\d*),(2|1\.9{6}\d*),(3|2\.9{6}\d*)\r\n/);
  await page.getByRole('tab', { name: 'Table' }).click();
  await page.getByText(/^3 series at/).waitFor();
  const [table] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV' }).click(),
  ]);
  assert.match(readFileSync(await table.path(), 'utf8'), /^query,time,path,value\r\nA,/);
  await close();
});

test('a new question cancels the one under way', async () => {
  const { page, close } = await visit(browser, 'about:blank');
  let holding = true;
  await page.route('**/query_range', async (route) => {
    if (!holding) await route.continue();
  });
  const cancelled = page.waitForEvent('requestfailed', (request) =>
    request.url().endsWith('/query_range'),
  );
  await page.goto(explore({ a: rate }));
  await page.getByRole('button', { name: 'Running' }).waitFor();
  holding = false;
  await editor(page, 'A').fill('vector(7)');
  await page.keyboard.press('Control+Enter');
  assert.equal((await cancelled).failure()?.errorText, 'net::ERR_ABORTED');
  await page.getByText('1 series').waitFor();
  await close();
});

test('an empty answer says what to do', async () => {
  const { page, close } = await visit(browser, explore({ a: 'there_is_no_such_metric' }));
  await page.getByText('No series match').waitFor();
  await page.goto(explore({}));
  await page.getByRole('button', { name: 'Memory by state' }).click();
  await page.waitForURL(/system_memory_usage_bytes/);
  await close();
});
