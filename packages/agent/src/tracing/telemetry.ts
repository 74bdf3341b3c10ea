/** Traces and logs as the configuration wants them. Nothing of OpenTelemetry is loaded unless it is switched on. */
import type { OtlpLogRecord } from '@sightline/wire/encode';
import type { Timers } from '../clock.ts';
import type { Config } from '../config/resolve.ts';
import { errorText } from '../error-text.ts';
import type { Chunk } from '../export/buffer.ts';
import type { HttpMonitor } from '../http/monitor.ts';
import type { AgentLog } from '../log.ts';
import type { DatabaseProfiler } from '../profiler/profiler.ts';
import type { Tracing } from './tracing.ts';

export interface TelemetryParts {
  readonly version: string;
  readonly http: HttpMonitor;
  readonly database: DatabaseProfiler;
  readonly timers: Timers;
  readonly log: AgentLog;
  /** The exporter's. */
  readonly add: (chunk: Chunk) => void;
  readonly addRecord: (record: OtlpLogRecord) => void;
}

export interface Telemetry {
  /** While the agent makes traces itself. */
  readonly tracing: Tracing | undefined;
  /** Hands over what waits and ends everything. */
  stop(): Promise<void>;
}

/** What cannot be started is told of; the application goes on without. */
export async function startTelemetry(config: Config, parts: TelemetryParts): Promise<Telemetry> {
  let tracing: Tracing | undefined;
  const ends: (() => void | Promise<void>)[] = [];
  const attempt = async (begin: () => Promise<void>): Promise<void> => {
    try {
      await begin();
    } catch (error) {
      parts.log.warn(errorText(error));
    }
  };
  if (config.traces === true) {
    await attempt(async () => {
      const { startApplicationTracing } = await import('./tracing.ts');
      const { resource, gzip, sampler, traceRatio: ratio } = config;
      const started = await startApplicationTracing({ ...parts, resource, gzip, sampler, ratio });
      tracing = started;
      ends.push(() => started.stop());
    });
  }
  if (config.traces === 'sdk') {
    await attempt(async () => {
      const { startNodeSdk } = await import('./node-sdk.ts');
      const { resource, urls, headers, sampler, traceRatio } = config;
      const target = { url: urls.traces, headers: headers.traces };
      ends.push(await startNodeSdk({ ...target, resource, sampler, traceRatio }));
    });
  }
  if (config.logs) {
    await attempt(async () => {
      const { startLogs } = await import('./logs.ts');
      ends.push(await startLogs({ clock: parts.timers, add: parts.addRecord }));
    });
  }
  return {
    tracing,
    stop: async () => {
      for (const end of ends) await attempt(async () => end());
    },
  };
}
