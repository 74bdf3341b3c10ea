import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CLIENT, PendingSpans, SERVER } from './pending-spans.ts';

/** A view of a trace id and a span id of few values, so that they meet often. */
function ids(trace: number, span: number): DataView {
  const view = new DataView(new ArrayBuffer(24));
  view.setInt32(12, trace);
  view.setInt32(20, span);
  return view;
}

const SPAN_AT = 16;
const step = fc.record({
  trace: fc.nat(3),
  span: fc.nat(40),
  side: fc.constantFrom(CLIENT, SERVER),
  takesOut: fc.boolean(),
});

test('spans that wait are found, by age and by key, as in a map', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(step, { maxLength: 300 }),
      (max, steps) => {
        const pending = new PendingSpans(max);
        const model = new Map<string, number>();
        steps.forEach(({ trace, span, side, takesOut }, i) => {
          const view = ids(trace, span);
          const key = `${trace} ${span} ${side}`;
          const slot = pending.find(view, 0, SPAN_AT, side);
          assert.equal(slot >= 0 ? pending.service[slot] : undefined, model.get(key));
          if (slot >= 0 && takesOut) {
            pending.remove(slot);
            model.delete(key);
          } else if (slot < 0 && !takesOut) {
            if (pending.isFull) {
              const [oldest] = model;
              assert.equal(pending.service[pending.oldest], oldest?.[1]);
              pending.remove(pending.oldest);
              if (oldest !== undefined) model.delete(oldest[0]);
            }
            pending.service[pending.add(view, 0, SPAN_AT, side, i)] = i;
            model.set(key, i);
          }
          assert.equal(pending.count, model.size);
          const [first] = model.values();
          assert.equal(pending.oldest < 0 ? undefined : pending.service[pending.oldest], first);
        });
      },
    ),
  );
});

test('thousands wait', () => {
  const pending = new PendingSpans(10_000);
  for (let i = 0; i < 10_000; i++) {
    // Columns are others once it has grown.
    const slot = pending.add(ids(i % 7, i), 0, SPAN_AT, CLIENT, i);
    pending.service[slot] = i;
  }
  assert.ok(pending.isFull);
  for (let i = 0; i < 10_000; i++) {
    const slot = pending.find(ids(i % 7, i), 0, SPAN_AT, CLIENT);
    assert.equal(pending.service[slot], i);
  }
});
