import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatValue, shortNumber, spansText, type Unit, unitOfExpression } from './units.ts';

function shown(value: number, unit: Unit, want: string) {
  assert.equal(formatValue(value, unit), want);
}

test('a value is shown with the prefix that fits it', () => {
  shown(0, 'bytes', '0 B');
  shown(1023, 'bytes', '1023 B');
  shown(1000, 'bytes', '1000 B');
  shown(1536, 'bytes', '1.5 KiB');
  shown(25_276_063_744, 'bytes', '23.5 GiB');
  shown(2048, 'bytes/s', '2 KiB/s');
  shown(-2048, 'bytes', '-2 KiB');
  shown(999.4, 'number', '999');
  shown(999.6, 'number', '1 k');
  shown(1_234_567, 'number', '1.23 M');
  shown(1e21, 'number', '1000 E');
  shown(0.000_000_12, 'number', '1.20e-7');
  shown(1750, 'per second', '1.75 k/s');
  shown(0.2287, 'ratio', '22.9 %');
  shown(0.000_401, 'ratio', '0.04 %');
  shown(0, 'ratio', '0 %');
  shown(Number.NaN, 'bytes', 'NaN');
  shown(Number.NEGATIVE_INFINITY, 'seconds', '-Inf');
});

test('seconds run from nanoseconds to days', () => {
  shown(0, 'seconds', '0 s');
  shown(5e-8, 'seconds', '50 ns');
  shown(0.000_25, 'seconds', '250 µs');
  shown(0.0102, 'seconds', '10.2 ms');
  shown(90, 'seconds', '90 s');
  shown(600, 'seconds', '10 min');
  shown(36_000, 'seconds', '10 h');
  shown(864_000, 'seconds', '10 d');
});

test('short numbers keep three significant digits and no empty decimals', () => {
  for (const [value, want] of [
    [1, '1'],
    [1.5, '1.5'],
    [12.345, '12.3'],
    [123.45, '123'],
    [0.012_345, '0.0123'],
    [100, '100'],
    [-0.5, '-0.5'],
  ] as const) {
    assert.equal(shortNumber(value), want);
  }
});

test('the unit follows the name of the metric and what is done to it', () => {
  for (const [expression, want] of [
    ['process_memory_usage_bytes', 'bytes'],
    ['rate(system_network_io_bytes_total[1m])', 'bytes/s'],
    ['histogram_quantile(0.9, rate(http_request_duration_seconds_bucket[5m]))', 'seconds'],
    ['nodejs_eventloop_delay_p99_seconds', 'seconds'],
    ['histogram_avg(rate(http_server_request_duration_seconds[1m]))', 'seconds'],
    ['sum(rate(a_seconds_sum{b="c"}[5m])) / sum(rate(a_seconds_count[5m]))', 'seconds'],
    ['rate(node_cpu_seconds_total[1m])', 'number'],
    ['nodejs_eventloop_utilization_ratio', 'ratio'],
    ['up', 'number'],
  ] as const) {
    assert.equal(unitOfExpression(expression), want, expression);
  }
});

test('spans are counted in singular and plural', () => {
  assert.equal(spansText(0), '0 spans');
  assert.equal(spansText(1), '1 span');
  assert.equal(spansText(100_000), '100,000 spans');
});
