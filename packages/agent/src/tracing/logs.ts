/**
 * The log records of OpenTelemetry's logs API, which loggers' instrumentations write to: a provider of ours hands them to the exporter, each with the
 * trace that it was written in. Loaded only when it is switched on; the API is the application's own (optional peer).
 */
import type { LogRecord } from '@opentelemetry/api-logs';
import type { OtlpLogRecord } from '@sightline/wire/encode';
import type { Clock } from '../clock.ts';
import type { AttributeValue } from '../source.ts';

const MAX_BODY = 65_536;
const MAX_ATTRIBUTES = 64;
const MAX_VALUE = 4096;
const MAX_NAME = 255;

export interface LogsOptions {
  readonly clock: Clock;
  readonly add: (record: OtlpLogRecord) => void;
}

/** Takes records from now on; the function returned ends that. Rejects when a package is missing. */
export async function startLogs({ clock, add }: LogsOptions): Promise<() => void> {
  const { logs } = await logsApi();
  const { trace } = await import('@opentelemetry/api');
  let taking = true;
  const emit = (name: string, record: LogRecord): void => {
    // Loggers that were handed out go on writing here.
    if (!taking) return;
    try {
      const span =
        record.context === undefined ? trace.getActiveSpan() : trace.getSpan(record.context);
      const { traceId = '', spanId = '' } = span?.spanContext() ?? {};
      add(otlpRecord(name, record, { traceId, spanId }, clock.unixMs()));
    } catch {
      // What the application hands in may throw when it is read; that is not to reach the line that logs.
    }
  };
  const provider = {
    getLogger: (name: string) => ({
      emit: (record: LogRecord) => emit(name, record),
      enabled: () => true,
    }),
  };
  if (logs.setGlobalLoggerProvider(provider) !== provider) {
    throw new Error('another provider of OpenTelemetry logs is registered in this process');
  }
  return () => {
    taking = false;
    logs.disable();
  };
}

async function logsApi(): Promise<typeof import('@opentelemetry/api-logs')> {
  try {
    return await import('@opentelemetry/api-logs');
  } catch (error) {
    const needs = 'logs: true needs the API that loggers write to';
    throw new Error(`${needs}: npm install @opentelemetry/api-logs`, { cause: error });
  }
}

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

function otlpRecord(logger: string, record: LogRecord, ids: Ids, nowMs: number): OtlpLogRecord {
  const { severityNumber = 0, timestamp } = record;
  const attributes: Record<string, AttributeValue> = { 'otel.scope.name': logger };
  for (const [key, value] of Object.entries(record.attributes ?? {}).slice(0, MAX_ATTRIBUTES)) {
    if (value === undefined || value === null) continue;
    attributes[key] = isPlain(value) ? value : textOf(value).slice(0, MAX_VALUE);
  }
  return {
    timeMs: timestamp === undefined ? nowMs : millisecondsOf(timestamp),
    severityNumber: typeof severityNumber === 'number' ? severityNumber : 0,
    severityText: textOf(record.severityText).slice(0, MAX_NAME),
    body: textOf(record.body).slice(0, MAX_BODY),
    eventName: textOf(record.eventName).slice(0, MAX_NAME),
    attributes,
    ...ids,
  };
}

/** A Date, milliseconds of Unix time, or seconds and nanoseconds. */
function millisecondsOf(time: NonNullable<LogRecord['timestamp']>): number {
  if (time instanceof Date) return time.getTime();
  return typeof time === 'number' ? time : time[0] * 1000 + time[1] / 1e6;
}

function isPlain(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    // JSON has nothing for functions and symbols.
    return value === undefined ? '' : (JSON.stringify(value) ?? String(value));
  } catch {
    return String(value);
  }
}
