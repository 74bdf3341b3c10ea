/** Spans and log records for tests, sent as an SDK sends them: OTLP in JSON. */
import assert from 'node:assert/strict';

export interface TestSpan {
  readonly trace: string;
  readonly id: string;
  readonly parent?: string;
  readonly service: string;
  readonly name: string;
  /** Milliseconds after `startMs`. */
  readonly at: number;
  readonly ms: number;
  /** Server 2, client 3. */
  readonly kind: number;
  readonly failed?: boolean;
}

export async function postJson(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(url, init);
  assert.ok(response.ok, await response.text());
}

export const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
export const nanos = (ms: number) => `${BigInt(Math.round(ms * 1000)) * 1000n}`;

function spanOf(span: TestSpan, startMs: number) {
  const from = startMs + span.at;
  return {
    traceId: span.trace,
    spanId: span.id,
    ...(span.parent === undefined ? {} : { parentSpanId: span.parent }),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(from + span.ms),
    attributes: [
      attribute('http.route', '/checkout'),
      { key: 'http.response.status_code', value: { intValue: span.failed ? '500' : '200' } },
    ],
    ...(span.failed
      ? {
          status: { code: 2, message: 'card declined' },
          events: [{ timeUnixNano: nanos(from + 1), name: 'exception', attributes: [] }],
        }
      : {}),
  };
}

/** Sends spans to the server at `url`; their times count from `startMs`. */
export function sendSpans(url: string, startMs: number, spans: readonly TestSpan[]): Promise<void> {
  const services = [...new Set(spans.map((span) => span.service))];
  const resourceSpans = services.map((service) => ({
    resource: { attributes: [attribute('service.name', service)] },
    scopeSpans: [
      {
        spans: spans
          .filter((span) => span.service === service)
          .map((span) => spanOf(span, startMs)),
      },
    ],
  }));
  return postJson(`${url}/v1/traces`, { resourceSpans });
}
