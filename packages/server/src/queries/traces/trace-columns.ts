/**
 * A trace for our own page: columns of its spans, in order of start, without attributes.
 *
 * Parents are rows: -1 is none, -2 one that the trace does not hold. Times are microseconds, with a fraction where they are not whole.
 */
import type { QueryBudget, SpanSet } from '@sightline/store';
import { serviceOf } from './jaeger-json.ts';
import { rowsByStart } from './set-rows.ts';
import { TextPieces } from './text-pieces.ts';
import { nanosBetween, nanosText } from './times.ts';

/** `set` holds one trace. Throws what the budget throws. */
export function traceColumns(set: SpanSet, budget: QueryBudget): Uint8Array[] {
  const order = rowsByStart(set);
  const [first] = order;
  const offsetOf = (row: number): number =>
    nanosBetween(set.startLo[first], set.startHi[first], set.startLo[row], set.startHi[row]);
  const { durationNs } = set;
  let duration = 0;
  for (const row of order) duration = Math.max(duration, offsetOf(row) + durationNs[row]);
  const streams = set.streams();
  const services = distinct(streams.values.map(serviceOf));
  const names = set.names();
  const events = set.tails();
  const eventCounts = events.values.map((tail) => tail.events.length);
  const parents = parentsIn(order, set.parents());

  const into = new TextPieces(budget);
  const start = nanosText(set.startLo[first], set.startHi[first]);
  into.push(`{"trace_id":"${set.traceId(0)}","start_ns":"${start}","duration_ns":${duration},`);
  into.push(
    `"services":${JSON.stringify(services.texts)},"names":${JSON.stringify(names.values)},`,
  );
  into.push('"spans":{"id":[');
  for (let i = 0; i < order.length; i++) into.push(`${i > 0 ? ',' : ''}"${set.spanId(order[i])}"`);
  into.push(']');
  const column = (name: string, numberAt: (row: number, at: number) => number): void => {
    into.push(`,"${name}":[`);
    for (let i = 0; i < order.length; i++) {
      into.push(i > 0 ? `,${numberAt(order[i], i)}` : String(numberAt(order[i], i)));
    }
    into.push(']');
  };
  column('parent', (_row, at) => parents[at]);
  column('service', (row) => services.numbers[streams.codes[row]]);
  column('name', (row) => names.codes[row]);
  column('start_us', (row) => offsetOf(row) / 1000);
  column('duration_us', (row) => durationNs[row] / 1000);
  column('kind', (row) => set.kind[row]);
  column('status', (row) => set.status[row]);
  column('events', (row) => eventCounts[events.codes[row]]);
  into.push('}}');
  return into.finish();
}

/** Parents as places in the order; numbers below 0 stay. */
function parentsIn(order: Uint32Array, parents: Int32Array): Int32Array {
  const places = new Uint32Array(order.length);
  order.forEach((row, at) => {
    places[row] = at;
  });
  return Int32Array.from(order, (row) => (parents[row] < 0 ? parents[row] : places[parents[row]]));
}

/** Each text once, and for each text where it is among them. */
function distinct(all: readonly string[]): { texts: string[]; numbers: number[] } {
  const numbers = new Map<string, number>();
  for (const text of all) if (!numbers.has(text)) numbers.set(text, numbers.size);
  return { texts: [...numbers.keys()], numbers: all.map((text) => numbers.get(text) ?? 0) };
}
