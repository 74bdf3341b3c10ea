/** Traces, Services and exemplars in a real browser against a real server: from a metric to a trace to its log and back, by clicking only. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { traceSnippets } from '../packages/web/src/traces/send-snippets.ts';
import { startChromium, visit } from './harness/browser.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { startProcess, until } from './harness/process.ts';
import { attribute, nanos, postJson, sendSpans, type TestSpan } from './harness/spans.ts';

let server: Peer;
let browser: Browser;
const startMs = Date.now() - 60_000;
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
const traceId = (value: number) => hex(value, 32);
const bigId = traceId(0xb16);
const bigSpans = 100_000;

/** A checkout: the page calls the shop, the shop calls the bank, which takes `bankMs`. */
function checkout(number: number, bankMs: number, failed: boolean): TestSpan[] {
  const trace = traceId(number);
  const id = (span: number) => hex(number * 16 + span, 16);
  const end = bankMs + 20;
  return [
    { trace, id: id(1), service: 'page', name: 'POST /checkout', at: 0, ms: end, kind: 2, failed },
    {
      trace,
      id: id(2),
      parent: id(1),
      service: 'page',
      name: 'shop.Order',
      at: 2,
      ms: bankMs + 16,
      kind: 3,
    },
    {
      trace,
      id: id(3),
      parent: id(2),
      service: 'shop',
      name: 'Order',
      at: 4,
      ms: bankMs + 12,
      kind: 2,
      failed,
    },
    {
      trace,
      id: id(4),
      parent: id(3),
      service: 'shop',
      name: 'bank.Charge',
      at: 6,
      ms: bankMs + 4,
      kind: 3,
    },
    {
      trace,
      id: id(5),
      parent: id(4),
      service: 'bank',
      name: 'Charge',
      at: 8,
      ms: bankMs,
      kind: 2,
      failed,
    },
  ];
}

/** A root with 100,000 spans below it, sent in several requests as a batching exporter does. */
async function sendBig(): Promise<void> {
  const root = hex(0xf0000000, 16);
  const common = { trace: bigId, service: 'batch', kind: 1 };
  const spans: TestSpan[] = [{ ...common, id: root, name: 'nightly', at: 0, ms: 30_000 }];
  for (let index = 1; index < bigSpans; index += 1) {
    spans.push({
      ...common,
      id: hex(0xf0000000 + index, 16),
      parent: index % 10 === 1 ? root : hex(0xf0000000 + index - (index % 10 || 10) + 1, 16),
      name: index === bigSpans - 1 ? 'the last one' : `step ${index % 10}`,
      at: index * 0.29,
      ms: 0.25,
      failed: index === 54_321,
    });
  }
  for (let from = 0; from < spans.length; from += 10_000)
    await sendSpans(server.url, startMs, spans.slice(from, from + 10_000));
}

before(async () => {
  const env = {
    ...process.env,
    SIGHTLINE_TRACES_METRICS_INTERVAL_MS: '1s',
    SIGHTLINE_TRACES_METRICS_WAIT_MS: '1s',
  };
  [server, browser] = await Promise.all([startSightline({ env }), startChromium()]);
  const spans: TestSpan[] = [];
  for (let number = 1; number <= 20; number += 1)
    spans.push(...checkout(number, number * 10, number === 7));
  spans.push(...checkout(30, 10, false), {
    trace: traceId(30),
    id: hex(30 * 16 + 6, 16),
    parent: hex(30 * 16 + 3, 16),
    service: 'shop',
    name: 'retry',
    at: 20,
    ms: 3,
    kind: 1,
  });
  await sendSpans(server.url, startMs, spans);
  await sendBig();
  const failedBank = hex(7 * 16 + 5, 16);
  const logRecord = {
    timeUnixNano: nanos(startMs + 50),
    severityNumber: 17,
    body: { stringValue: 'the bank has refused the card' },
    traceId: traceId(7),
    spanId: failedBank,
  };
  const resource = { attributes: [attribute('service.name', 'bank')] };
  await postJson(`${server.url}/v1/logs`, {
    resourceLogs: [{ resource, scopeLogs: [{ logRecords: [logRecord] }] }],
  });
});
after(async () => {
  await browser.close();
  await server.stop();
});

const address = (path: string, search: Record<string, string> = {}) =>
  `${server.url}${path}?${new URLSearchParams(search)}`;
const found = (page: Page) => page.getByRole('list', { name: 'Traces' }).getByRole('listitem');
const rows = (page: Page) => page.getByRole('tree', { name: 'Spans' }).getByRole('treeitem');

test('the form writes TraceQL, which is asked and carried by the link', async () => {
  const { page, complaints, close } = await visit(browser, address('/traces'));
  await page.getByText('22 traces').waitFor();
  await page.getByLabel('Service').fill('bank');
  await page.getByLabel('Errors only').check();
  await page.getByLabel('Longer than').fill('50ms');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('1 trace', { exact: true }).waitFor();
  const query = '{ resource.service.name = "bank" && status = error && traceDuration >= 50ms }';
  assert.equal(new URL(page.url()).searchParams.get('q'), query);
  await page.reload();
  await page.getByText('1 trace', { exact: true }).waitFor();
  assert.equal(await page.getByLabel('Service').inputValue(), 'bank');
  assert.match((await found(page).first().textContent()) ?? '', /POST \/checkout3 errors/);
  assert.deepEqual(complaints, []);
  await close();
});

test('TraceQL is completed from what is there, and errors are told where they are', async () => {
  const { page, close } = await visit(browser, address('/traces'));
  const editor = page.getByRole('textbox', { name: 'TraceQL' });
  await editor.pressSequentially('{ span.http.ro', { delay: 30 });
  await page.getByRole('option', { name: 'span.http.route' }).waitFor();
  await editor.fill('{ name = }');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').filter({ hasText: 'Line 1, column' }).waitFor();
  await editor.fill('{ name = "Charge" } | count() > 5');
  await page.keyboard.press('Control+Enter');
  await page.getByText('No trace matches').waitFor();
  await page.getByText('This query says more than the form can').waitFor();
  await close();
});

test('dragging across the scatter zooms, and a click on a dot opens the trace', async () => {
  const q = '{ resource.service.name = "bank" && status = error }';
  const { page, close } = await visit(browser, address('/traces', { q, from: 'now-10m' }));
  await found(page).first().waitFor();
  const canvas = page.getByRole('img', { name: /^Durations over time, 1 in all/ });
  const plot = await canvas.boundingBox();
  assert.ok(plot);
  await page.mouse.move(plot.x + plot.width * 0.7, plot.y + 60);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width - 20, plot.y + 80, { steps: 5 });
  const answered = page.waitForResponse(/\/tempo\/api\/search\?/);
  await page.mouse.up();
  await page.waitForURL(/from=2/);
  await answered;
  await page.getByRole('button', { name: 'Search', exact: true }).waitFor();
  // The dot stands in the middle of the height; where it is across follows from the times.
  const { searchParams } = new URL(page.url());
  const from = Date.parse(searchParams.get('from') ?? '');
  const to = Date.parse(searchParams.get('to') ?? '');
  const share = (startMs - from) / (to - from);
  const x = plot.x + 58 + share * (plot.width - 58 - 18);
  const y = plot.y + 8 + (plot.height - 32) / 2;
  // Another pointer than the cross: what was answered is drawn, and a dot is there.
  await until('a dot is under the pointer', async () => {
    await page.mouse.move(x - 1, y);
    await page.mouse.move(x, y);
    return /cursor-pointer/.test((await canvas.getAttribute('class')) ?? '');
  });
  await page.mouse.click(x, y);
  await page.waitForURL(new RegExp(`/traces/${traceId(7)}`));
  await close();
});

test('a span opens with its attributes and its log; the log leads to Logs and back to the trace', async () => {
  const { page, complaints, close } = await visit(browser, address(`/traces/${traceId(7)}`));
  await rows(page).first().waitFor();
  assert.equal(await rows(page).count(), 5);
  await page.getByText('3 errors', { exact: true }).waitFor();
  await rows(page).filter({ hasText: 'Charge' }).last().click();
  const panel = page.getByRole('complementary', { name: 'Span' });
  await panel.getByText('card declined').waitFor();
  await panel.getByText('http.response.status_code').waitFor();
  await panel.getByText('the bank has refused the card').waitFor();
  assert.match(page.url(), new RegExp(`span=${hex(7 * 16 + 5, 16)}`));
  await panel.getByRole('link', { name: 'These lines in Logs' }).click();
  await page.waitForURL(/\/logs\?/);
  // The panel shows the same line until the page has come.
  await panel.waitFor({ state: 'detached' });
  await page.getByText('the bank has refused the card').first().click();
  await page.getByRole('link', { name: 'Open its trace' }).click();
  await page.waitForURL(new RegExp(`/traces/${traceId(7)}\\?span=${hex(7 * 16 + 5, 16)}`));
  await panel.getByText('card declined').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('a trace is walked by keyboard, searched, closed and zoomed, all of it in the link', async () => {
  const { page, close } = await visit(browser, address(`/traces/${traceId(7)}`));
  await rows(page).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowLeft');
  await page.waitForURL(/closed=/);
  assert.equal(await rows(page).count(), 2);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('/');
  await page.keyboard.type('http.response.status_code=500');
  await page.getByRole('status').filter({ hasText: '3' }).waitFor();
  await page.getByLabel('Find spans').fill('charge');
  await page.getByRole('status').filter({ hasText: '2' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: '1 of 2' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('+');
  await page.waitForURL(/window=/);
  await page.keyboard.press('f');
  await page.waitForURL(/view=flame/);
  await page.getByRole('img', { name: /^Flame view of 5 spans/ }).waitFor();
  const link = page.url();
  await page.goto('about:blank');
  await page.goto(link);
  await page.getByRole('img', { name: /^Flame view of 5 spans/ }).waitFor();
  await page.getByRole('button', { name: 'Whole trace' }).click();
  await page.waitForURL((url) => !url.searchParams.has('window'));
  await close();
});

test('a trace of 100,000 spans opens, scrolls and is searched, with few rows in the document', async () => {
  const { page, complaints, close } = await visit(browser, address(`/traces/${bigId}`));
  await page.getByText('100,000 spans', { exact: true }).waitFor();
  await rows(page).first().waitFor();
  const tree = page.getByRole('tree', { name: 'Spans' });
  await tree.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2;
  });
  await page.waitForTimeout(100);
  assert.ok((await rows(page).count()) < 100);
  await tree.evaluate((element) => {
    element.scrollTop = element.scrollHeight;
  });
  await rows(page).filter({ hasText: 'the last one' }).waitFor();
  await page.getByRole('button', { name: 'Next error' }).click();
  await rows(page).getByRole('img', { name: 'error' }).waitFor();
  await page.getByRole('button', { name: 'Close all' }).click();
  await rows(page).nth(1).waitFor();
  await page.getByLabel('Find spans').fill('step 3');
  await page.getByRole('status').filter({ hasText: '10,000' }).waitFor();
  await page.getByText('Flame', { exact: true }).click();
  await page.getByRole('img', { name: /^Flame view of 100,000 spans/ }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('two traces chosen in the list are compared', async () => {
  const q = '{ resource.service.name = "shop" }';
  const { page, close } = await visit(browser, address('/traces', { q, order: 'longest' }));
  await found(page).first().waitFor();
  await found(page).nth(0).getByRole('checkbox').check();
  await page.getByText('Choose one more to compare.').waitFor();
  await found(page).nth(1).getByRole('checkbox').check();
  await page.getByRole('link', { name: 'Compare the two' }).click();
  await page.getByText('0 only in A').waitFor();
  await page.goto(address('/traces/compare', { a: traceId(1), b: traceId(30) }));
  await page.getByText('1 only in B').waitFor();
  await page.getByRole('row', { name: /retry/ }).getByText('only in B').waitFor();
  await page.getByText('Changed only').click();
  await page.waitForURL(/show=changed/);
  await page.goto(address('/traces/compare', { a: traceId(1), b: traceId(20) }));
  await page
    .getByRole('row', { name: /Charge/ })
    .last()
    .getByText('+190 ms')
    .waitFor();
  await close();
});

/** Metrics from spans are written once a second here. */
async function metricsThere(): Promise<void> {
  const query = 'traces_service_graph_request_total';
  for (;;) {
    const answer = await fetch(address('/api/v1/query', { query }));
    if (/"client":"shop"/.test(await answer.text())) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

test('services have rates, errors and durations, a map, operations, and lead on', async () => {
  await metricsThere();
  const { page, complaints, close } = await visit(browser, address('/services'));
  const bank = page.getByRole('row', { name: /^bank/ });
  await bank.waitFor();
  // One of 21 has failed.
  assert.match((await bank.textContent()) ?? '', /4\.76 %/);
  await page.getByText('Map', { exact: true }).click();
  await page.waitForURL(/view=map/);
  await page.getByRole('link', { name: /^shop, / }).click();
  await page.waitForURL(/service=shop/);
  await page.getByRole('row', { name: /^Order/ }).waitFor();
  await page.getByRole('link', { name: 'bank' }).waitFor();
  await page.getByRole('link', { name: 'Order', exact: true }).click();
  await page.waitForURL(/\/traces\?/);
  await page.getByText('21 traces').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('an exemplar on a graph leads to its trace', async () => {
  await metricsThere();
  const a =
    'histogram_quantile(0.9, sum by (le) (rate(traces_spanmetrics_latency_bucket{service="bank"}[1m])))';
  const { page, complaints, close } = await visit(
    browser,
    address('/explore', { a, from: 'now-5m' }),
  );
  await page.getByText(/exemplars? leads? to traces/).waitFor();
  await page.getByRole('link', { name: /^200 ms at/ }).click();
  await page.waitForURL(new RegExp(`/traces/${traceId(20)}`));
  await rows(page).first().waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('the snippets for the shell send spans that are found', async () => {
  const { origin, host } = new URL(server.url);
  const place = { origin, host, secure: false, grpc: undefined, withToken: false };
  for (const [id, name] of [
    ['curl', 'hello'],
    ['zipkin', 'get /hello'],
  ]) {
    const snippet = traceSnippets(place).find((one) => one.id === id);
    const running = await startProcess('bash', ['-c', snippet?.text ?? 'exit 1']);
    assert.equal(await running.exited, 0, running.output());
    const q = `{ resource.service.name = "my-service" && name = "${name}" }`;
    const { page, close } = await visit(browser, address('/traces', { q }));
    await found(page).filter({ hasText: name }).waitFor();
    await close();
  }
});

test('what is not there is said, with what to do', async () => {
  const past = { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' };
  const { page, close } = await visit(browser, address('/traces', past));
  await page.getByText('No traces in this time').waitFor();
  await page.getByText('OTEL_EXPORTER_OTLP_ENDPOINT').waitFor();
  await page.goto(address('/services', past));
  await page.getByText('No service has been called in this time').waitFor();
  await page.goto(address(`/traces/${traceId(0xdead)}`));
  await page.getByText('No trace has this id').waitFor();
  await close();
});
