/** The Logs page in a real browser against a real server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { logSnippets } from '../packages/web/src/logs/send-logs.ts';
import { startChromium, visit } from './harness/browser.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { startProcess } from './harness/process.ts';

interface TestLine {
  readonly service: string;
  readonly ms: number;
  readonly text: string;
  readonly severity: number;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly traceId?: string;
}

let server: Peer;
let browser: Browser;
const nowMs = Date.now();
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

async function post(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${server.url}${path}`, init);
  assert.ok(response.ok, await response.text());
}

const attribute = ([key, stringValue]: readonly [string, string]) => ({
  key,
  value: { stringValue },
});

function send(lines: readonly TestLine[]): Promise<void> {
  const services = [...new Set(lines.map(({ service }) => service))];
  const resourceLogs = services.map((service) => ({
    resource: { attributes: [attribute(['service.name', service])] },
    scopeLogs: [
      {
        logRecords: lines
          .filter((line) => line.service === service)
          .map(({ ms, text, severity, attributes, traceId: id }) => ({
            timeUnixNano: `${ms}000000`,
            severityNumber: severity,
            body: { stringValue: text },
            attributes: Object.entries(attributes ?? {}).map(attribute),
            ...(id === undefined ? {} : { traceId: id, spanId }),
          })),
      },
    ],
  }));
  return post('/v1/logs', { resourceLogs });
}

before(async () => {
  [server, browser] = await Promise.all([startSightline(), startChromium()]);
  const lines: TestLine[] = [];
  // 7,000 lines: more than two pages of the list. One in fifty is an error.
  for (let index = 0; index < 7000; index += 1) {
    const ms = nowMs - 3_000_000 + index * 400;
    const failed = index % 50 === 0;
    lines.push({
      service: index % 2 === 0 ? 'cart' : 'checkout',
      ms,
      severity: failed ? 17 : 9,
      text: failed
        ? `Payment gateway refused order ${index}`
        : JSON.stringify({ msg: 'handled', status: index % 3 === 0 ? 404 : 200, took_ms: index }),
      attributes: { shard: `s${index % 4}` },
    });
  }
  const ms = nowMs - 60_000;
  lines.push({ service: 'cart', ms, severity: 13, text: 'the traced line', traceId });
  await send(lines);
  const span = {
    traceId,
    spanId,
    name: 'POST /pay',
    kind: 2,
    startTimeUnixNano: `${ms}000000`,
    endTimeUnixNano: `${ms + 20}000000`,
  };
  const resource = { attributes: [attribute(['service.name', 'cart'])] };
  await post('/v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
});
after(async () => {
  await browser.close();
  await server.stop();
});

function logs(search: Record<string, string> = {}): string {
  return `${server.url}/logs?${new URLSearchParams(search)}`;
}

const rows = (page: Page) => page.getByRole('list', { name: 'Lines' }).getByRole('listitem');
const row = (page: Page, text: string | RegExp) => rows(page).filter({ hasText: text }).first();
const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

test('words, services and levels become LogQL, which the link carries', async () => {
  const { page, complaints, close } = await visit(browser, logs());
  await row(page, 'handled').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('gateway -1000');
  await page.keyboard.press('Enter');
  await row(page, 'Payment gateway refused').waitFor();
  await page.getByText('139 lines', { exact: true }).waitFor();
  await page.getByRole('button', { name: /^Service/ }).click();
  await page.getByRole('checkbox', { name: 'cart' }).check();
  await page.waitForURL(/cart/);
  assert.equal(parameter(page, 'q'), '{service_name="cart"} |~ "(?i)gateway" != "1000"');
  await page.reload();
  await row(page, 'Payment gateway refused').waitFor();
  assert.equal(await page.getByRole('searchbox', { name: /Words/ }).inputValue(), 'gateway -1000');
  await page.goBack();
  await page.waitForURL(/gateway/);
  assert.deepEqual(complaints, []);
  await close();
});

test('all pages of lines are loaded by scrolling', async () => {
  const { page, close } = await visit(browser, logs());
  await row(page, 'handled').waitFor();
  const list = page.getByRole('list', { name: 'Lines' });
  const oldest = row(page, 'refused order 0');
  // Each page makes the list longer, the last one too: its end is further down than the last scroll went.
  for (let tries = 0; tries < 200 && !(await oldest.isVisible()); tries += 1) {
    await list.evaluate((element) => {
      const box = element.parentElement;
      if (box !== null) box.scrollTop = box.scrollHeight;
    });
    await page.waitForTimeout(100);
  }
  await oldest.waitFor();
  await page.getByText('End of the time range, 7,001 lines').waitFor();
  assert.ok((await rows(page).count()) < 120, 'only rows in view are in the document');
  await close();
});

test('a row opens to all its fields, and a click on a value filters', async () => {
  const { page, close } = await visit(browser, logs());
  await row(page, '"status":404').click();
  const details = page.locator('[data-details]');
  await details.getByRole('region', { name: 'Stream labels' }).getByText('service_name').waitFor();
  await details.getByRole('region', { name: 'Structured metadata' }).getByText('shard').waitFor();
  await details
    .getByRole('region', { name: 'Found in the line' })
    .getByRole('button', { name: '404', exact: true })
    .click();
  await page.waitForURL(/404/);
  assert.equal(parameter(page, 'q'), '{service_name=~".+"} | json | status="404"');
  // Of 7,000 lines every third, without the failed ones.
  await page.getByText('about 2,287 lines').waitFor();
  await row(page, '"status":200').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Remove status = 404' }).click();
  await page.getByRole('button', { name: 'Remove | json' }).click();
  await row(page, '"status":200').waitFor();
  assert.equal(parameter(page, 'q'), null);
  await close();
});

test('fields show their values; a column is added', async () => {
  const { page, close } = await visit(browser, logs());
  const fields = page.getByRole('complementary', { name: 'Fields' });
  await fields.getByRole('button', { name: /^shard/ }).click();
  await fields.getByRole('button', { name: 'No shard s1' }).click();
  await page.waitForURL(/shard/);
  assert.equal(parameter(page, 'q'), '{service_name=~".+"} | shard!="s1"');
  await fields.getByRole('button', { name: /^shard/ }).hover();
  await fields.getByRole('button', { name: 'Show shard as a column' }).click();
  await page.waitForURL(/cols=service_name%2Cshard/);
  await row(page, /cart\s*s2/).waitFor();
  await close();
});

test('bars are counted by level; a level and a drag look closer', async () => {
  const { page, close } = await visit(browser, logs());
  await page.getByRole('button', { name: 'error 140' }).click();
  await page.waitForURL(/detected_level/);
  await row(page, 'Payment gateway').waitFor();
  await page.getByText('140 lines', { exact: true }).waitFor();
  const bars = await page.getByRole('img', { name: /lines over time/ }).boundingBox();
  assert.ok(bars);
  await page.mouse.move(bars.x + bars.width / 2, bars.y + 40);
  await page.mouse.down();
  await page.mouse.move(bars.x + bars.width * 0.75, bars.y + 50, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=/);
  const span = Date.parse(parameter(page, 'to') ?? '') - Date.parse(parameter(page, 'from') ?? '');
  assert.ok(span > 12 * 60_000 && span < 18 * 60_000, `${span} ms of an hour`);
  await page.goBack();
  await page.getByRole('button', { name: 'Time range: Last 1 hour' }).waitFor();
  await close();
});

test('the keyboard walks through the lines', async () => {
  const { page, close } = await visit(browser, logs({ q: '{service_name="cart"} |= "gateway"' }));
  await row(page, 'gateway').waitFor();
  for (const key of ['j', 'j', 'k', 'Enter']) await page.keyboard.press(key);
  await page.locator('[data-details]').waitFor();
  await page.waitForURL(/line=/);
  await page.keyboard.press('Escape');
  await page.locator('[data-details]').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.waitForURL(/explore/);
  await close();
});

test('a link to a line opens it; lines around it are of its stream', async () => {
  const { page, close } = await visit(browser, logs({ q: '{service_name="cart"} |= "gateway"' }));
  await row(page, 'Payment gateway').click();
  await page.locator('[data-details]').getByRole('button', { name: 'Copy link' }).click();
  await page.locator('[data-details]').getByText('Copied').waitFor();
  const link = String(await page.evaluate('navigator.clipboard.readText()'));
  await page.goto(link);
  const details = page.locator('[data-details]');
  await details.getByText('Payment gateway').waitFor();
  await details.getByRole('button', { name: 'Lines around it' }).click();
  const around = page.getByRole('dialog', { name: 'Lines around it, of the same stream' });
  await around.getByText('Payment gateway').first().waitFor();
  const before = await around.getByRole('listitem').count();
  assert.ok(before >= 26, `${before} lines`);
  await around.getByRole('button', { name: '25 earlier' }).click();
  await around.getByRole('listitem').nth(before).waitFor();
  await page.reload();
  await around.getByText('Payment gateway').first().waitFor();
  await page.keyboard.press('Escape');
  await around.waitFor({ state: 'detached' });
  await close();
});

test('a line leads to its trace', async () => {
  const { page, close } = await visit(browser, logs({ q: '{service_name="cart"} |= "traced"' }));
  await row(page, 'the traced line').click();
  await page.getByRole('link', { name: 'Open its trace' }).click();
  await page.waitForURL(`${server.url}/traces/${traceId}?span=${spanId}`);
  await page.getByText('POST /pay').first().waitFor();
  await close();
});

test('the editor completes labels, values and stages, and marks errors', async () => {
  const { page, close } = await visit(browser, logs({ mode: 'logql' }));
  const editor = page.getByRole('textbox', { name: 'LogQL' });
  await editor.fill('');
  await editor.pressSequentially('{service', { delay: 30 });
  await page.getByRole('option', { name: 'service_name' }).waitFor();
  await page.waitForTimeout(200);
  await page.keyboard.press('Enter');
  await page.keyboard.type('car', { delay: 30 });
  await page.getByRole('option', { name: 'cart' }).waitFor();
  await page.waitForTimeout(200);
  await page.keyboard.press('Enter');
  await editor.fill('{service_name="cart"} |= "gateway" | bogus');
  await page.keyboard.press('Control+Enter');
  await page
    .getByRole('alert')
    .filter({ hasText: /Line 1, column \d+: parse error/ })
    .waitFor();
  await page
    .locator('.cm-lintRange-error, .cm-lintPoint-error')
    .first()
    .waitFor({ state: 'attached' });
  await editor.fill('{service_name="cart"} |= "gateway" | line_format "<{{.shard}}>"');
  await page.keyboard.press('Control+Enter');
  await row(page, /<s\d>/).waitFor();
  await close();
});

test('the live tail follows, stands still and goes on', async () => {
  const { page, close } = await visit(browser, logs({ live: '1', q: '{service_name="cart"}' }));
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  await page.getByRole('button', { name: 'Time range: From now on' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Earlier' }).isDisabled(), true);
  const fresh = (text: string, service = 'cart') =>
    send([{ service, ms: Date.now(), severity: 9, text }]);
  await fresh('not asked for', 'checkout');
  await fresh('one as it comes');
  await row(page, 'one as it comes').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await fresh('two while paused');
  await page.getByText('1 waiting').waitFor();
  assert.equal(await rows(page).filter({ hasText: 'two while paused' }).count(), 0);
  await page.getByRole('button', { name: 'Resume' }).click();
  await row(page, 'two while paused').waitFor();
  assert.equal(await rows(page).filter({ hasText: 'not asked for' }).count(), 0);
  await page.getByRole('button', { name: 'Live' }).click();
  await page.getByRole('img', { name: /lines over time/ }).waitFor();
  assert.equal(parameter(page, 'live'), null);
  await page.getByRole('button', { name: 'Time range: Last' }).waitFor();
  await close();
});

test('patterns are listed and filter', async () => {
  const { page, close } = await visit(browser, logs({ view: 'patterns' }));
  await page.getByRole('button', { name: /Payment gateway refused order <_>/ }).click();
  await page.waitForURL(/%7C%3E|\|>/);
  await row(page, 'Payment gateway').waitFor();
  await page.getByText('140 lines', { exact: true }).waitFor();
  await close();
});

test('a metric query over lines is drawn', async () => {
  const query = 'sum by (shard) (count_over_time({service_name="cart"} |= "gateway" [5m]))';
  const { page, complaints, close } = await visit(browser, logs({ q: query }));
  await page.getByText('2 series').waitFor();
  await page.getByRole('button', { name: /shard="s2"/ }).click();
  await page.waitForURL(/only=/);
  await page.getByText('One of 2 series is shown.').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('the loaded lines download as JSON', async () => {
  const { page, close } = await visit(
    browser,
    logs({ q: '{service_name="cart"} |= "order 1000"' }),
  );
  await row(page, 'order 1000').waitFor();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the loaded lines' }).click(),
  ]);
  const [first = ''] = readFileSync(await file.path(), 'utf8').split('\n');
  const { line, service_name: service, shard, detected_level: level } = JSON.parse(first);
  assert.deepEqual(
    [line, service, shard, level],
    ['Payment gateway refused order 1000', 'cart', 's0', 'error'],
  );
  await close();
});

test('nothing found says what to do', async () => {
  const { page, close } = await visit(
    browser,
    logs({ q: '{service_name="cart"} |= "NoSuchWord"' }),
  );
  await page.getByText('No lines match').waitFor();
  await page.getByRole('button', { name: 'Without filters' }).click();
  await row(page, 'handled').waitFor();
  await page.goto(logs({ from: '2020-01-01', to: '2020-01-02' }));
  await page.getByText('No lines in this time').waitFor();
  await close();
});

test('the first line comes by the snippet that the empty page shows', async () => {
  const empty = await startSightline();
  try {
    const { page, close } = await visit(browser, `${empty.url}/logs`);
    await page.getByRole('heading', { name: 'No logs yet' }).waitFor();
    const { origin, host } = new URL(empty.url);
    const place = { origin, host, secure: false, grpc: undefined, withToken: false };
    const snippet = logSnippets(place).find(({ id }) => id === 'curl');
    assert.ok(snippet);
    await page.getByText(snippet.text).waitFor();
    const shell = await startProcess('bash', ['-c', snippet.text]);
    assert.equal(await shell.exited, 0, shell.output());
    await row(page, 'hello from the shell').waitFor();
    await close();
  } finally {
    await empty.stop();
  }
});
