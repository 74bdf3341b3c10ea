/** The page of an agent with all its parts, read by a strict parser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_LOG_LIMITS,
  ExpositionParser,
  ExpositionSource,
  MetricBatch,
  type SeriesResolver,
} from '@sightline/wire';
import { start } from '../start.ts';

const RESOLVER: SeriesResolver = { refusal: '', lookup: () => 0, register: () => 1 };

test('the whole page is valid in both formats, and no series is there twice', async () => {
  const agent = await start({ logLevel: 'off', flushOnExit: false, flushTimeoutMs: 0 });
  await agent.track('work', async () => 1);
  await new Promise<void>((resolve) => {
    const poll = setInterval(() => {
      if (!agent.exposition().includes('agent_health_score')) return;
      clearInterval(poll);
      resolve();
    }, 10);
  });
  for (const format of ['text', 'openmetrics'] as const) {
    const page = agent.exposition(format);
    const bytes = new TextEncoder().encode(page);
    const batch = new MetricBatch();
    const options = { format, now: 0, honorTimestamps: true, strict: true } as const;
    const source = new ExpositionSource(format, (pairs) => pairs);
    const limits = { ...DEFAULT_LOG_LIMITS, maxPoints: 100_000, maxTime: 4e12 };
    new ExpositionParser().parse(bytes, bytes.length, options, source, RESOLVER, limits, batch);
    assert.ok(batch.n > 150);
    const series = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const names = series.map((line) => line.slice(0, line.lastIndexOf(' ')));
    assert.equal(new Set(names).size, names.length);
  }
  await agent.stop();
});
