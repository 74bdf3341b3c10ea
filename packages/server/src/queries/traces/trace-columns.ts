/**
 * A trace for our own page: columns of its spans, in order of start, without attributes.
 *
 * Parents are rows: -1 is none, -2 one that the trace does not hold. Times are microseconds, with a fraction where they are not whole.
 */
import type { QueryBudget, SpanRow } from '@sightline/store';
import { serviceOf } from './jaeger-json.ts';
import { TextPieces } from './text-pieces.ts';
import { compareNanos, durationOf, nanosBetween, nanosText } from './times.ts';

const NO_PARENT = -1;
const MISSING_PARENT = -2;
const POLL_SPANS = 16_384;

/** At least one row. Throws what the budget throws. */
export function traceColumns(
  traceId: string,
  rows: readonly SpanRow[],
  budget: QueryBudget,
): Uint8Array[] {
  const columns = gather(rows, budget);
  const [first] = rows;
  let last = first;
  for (const row of rows) {
    if (compareNanos(row.endLo, row.endHi, last.endLo, last.endHi) > 0) last = row;
  }
  const duration = nanosBetween(first.startLo, first.startHi, last.endLo, last.endHi);
  const into = new TextPieces(budget);
  into.push(
    `{"trace_id":"${traceId}","start_ns":"${nanosText(first.startLo, first.startHi)}","duration_ns":${duration},`,
  );
  into.push(`"services":${JSON.stringify(columns.services.texts)},`);
  into.push(`"names":${JSON.stringify(columns.names.texts)},"spans":{"id":[`);
  columns.ids.forEach((id, row) => {
    into.push(row === 0 ? `"${id}"` : `,"${id}"`);
  });
  into.push(']');
  const numbers: readonly (readonly [string, ArrayLike<number>])[] = [
    ['parent', columns.parent],
    ['service', columns.service],
    ['name', columns.name],
    ['start_us', columns.start],
    ['duration_us', columns.duration],
    ['kind', columns.kind],
    ['status', columns.status],
    ['events', columns.events],
  ];
  for (const [name, values] of numbers) {
    into.push(`,"${name}":[`);
    for (let row = 0; row < values.length; row++) {
      into.push(row === 0 ? String(values[row]) : `,${values[row]}`);
    }
    into.push(']');
  }
  into.push('}}');
  return into.finish();
}

/** Texts by number, in the order in which they come first. */
class Numbered {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }
}

function gather(rows: readonly SpanRow[], budget: QueryBudget) {
  const { length } = rows;
  const columns = {
    ids: new Array<string>(length),
    services: new Numbered(),
    names: new Numbered(),
    parent: new Int32Array(length),
    service: new Uint32Array(length),
    name: new Uint32Array(length),
    start: new Float64Array(length),
    duration: new Float64Array(length),
    kind: new Uint8Array(length),
    status: new Uint8Array(length),
    events: new Uint32Array(length),
  };
  const [first] = rows;
  const parentIds = new Array<string>(length);
  const byId = new Map<string, number>();
  rows.forEach((row, at) => {
    if (at % POLL_SPANS === 0) budget.poll();
    const { record } = row;
    columns.ids[at] = record.spanId;
    byId.set(record.spanId, at);
    parentIds[at] = record.parentId;
    columns.service[at] = columns.services.numberOf(serviceOf(row.stream));
    columns.name[at] = columns.names.numberOf(record.name);
    const offset = nanosBetween(first.startLo, first.startHi, row.startLo, row.startHi);
    columns.start[at] = offset / 1000;
    columns.duration[at] = durationOf(row) / 1000;
    columns.kind[at] = row.kind;
    columns.status[at] = row.status;
    columns.events[at] = record.events.length;
  });
  parentIds.forEach((parentId, at) => {
    columns.parent[at] = parentId === '' ? NO_PARENT : (byId.get(parentId) ?? MISSING_PARENT);
  });
  return columns;
}
