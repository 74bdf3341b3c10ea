/** docs/agent.md has the tables of what the sources measure, and names every event. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../../../test/harness/directory.ts';
import { BusinessMetrics } from './business/source.ts';
import { HEALTH_METRICS } from './health/metrics.ts';
import { POSTGRES_METRICS } from './postgres/metrics.ts';
import { BlockingSource } from './process/blocking.ts';
import type { MetricDefinition } from './readings.ts';
import { REDIS_METRICS } from './redis/metrics.ts';

const page = readFileSync(join(projectRoot, 'docs', 'agent.md'), 'utf8');
const folder = join(projectRoot, 'packages', 'agent', 'src', 'sources');

const blocking = new BlockingSource({ takeLongestDelayMs: () => 0, emit: () => {} });

function documents(name: string, definitions: readonly MetricDefinition[]): void {
  test(`the metrics of ${name} are those of docs/agent.md`, () => {
    const rows = definitions.map(({ name: metric, kind, unit, description, attributes }) => {
      const keys = attributes.map((key) => `\`${key}\``).join(', ');
      return `| \`${metric}\` | ${kind} | \`${unit}\` | ${keys} | ${description} |\n`;
    });
    const head = '| Name | Type | Unit | Attributes | Meaning |\n| --- | --- | --- | --- | --- |\n';
    const [, found] =
      new RegExp(`<!-- metrics of ${name} -->\n\n([^]*?)\n<!-- end -->`).exec(page) ?? [];
    assert.equal(found, head + rows.join(''));
  });
}

documents('postgresql', POSTGRES_METRICS);
documents('redis', REDIS_METRICS);
documents('health', HEALTH_METRICS);
documents(
  'business',
  new BusinessMetrics().instruments.map(({ descriptor }) => descriptor),
);
documents(
  'blocking',
  blocking.instruments.map(({ descriptor }) => descriptor),
);

test('every event of the sources is in docs/agent.md', () => {
  const event = /name: (?:\w+ \? )?'([a-z._]+)'(?: : '([a-z._]+)')?,\s+severity/g;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .flatMap((path) => [...readFileSync(join(folder, path), 'utf8').matchAll(event)])
    .flatMap(([, name, other]) => [name, other])
    .filter((name) => name !== undefined);
  assert.ok(names.length > 15, String(names));
  assert.deepEqual(
    names.filter((name) => !page.includes(`| \`${name}\` |`)),
    [],
  );
});
