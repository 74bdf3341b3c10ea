/** Puts the parts of the agent together and starts them. */
import type { Agent } from './agent.ts';
import { systemTimers, type Timers } from './clock.ts';
import { Coordinator } from './collect/coordinator.ts';
import type { AgentOptions } from './config/options.ts';
import { resolveConfig } from './config/resolve.ts';
import { Exporter } from './export/exporter.ts';
import { AgentLog } from './log.ts';
import { Pipeline } from './pipeline.ts';
import type { MonitoringSource } from './source.ts';
import { ProcessSource } from './sources/process/source.ts';
import { SystemSource } from './sources/system/source.ts';

const VERSION = '0.1.0';

/**
 * Starts monitoring this process. Options win over environment variables (docs/agent.md).
 * Rejects with a ConfigError when an option cannot be used; nothing that happens later is thrown into the application.
 */
export async function start(options: AgentOptions = {}): Promise<Agent> {
  const config = resolveConfig(options, process.env);
  const timers: Timers = systemTimers;
  const log = new AgentLog(config.logLevel);
  for (const warning of config.warnings) log.warn(warning);
  const exporter = new Exporter({
    sender: { resource: config.resource, scope: '@sightline/agent', scopeVersion: VERSION },
    urls: config.urls,
    headers: config.headers,
    timeoutMs: config.timeoutMs,
    gzip: config.gzip,
    batchSize: config.batchSize,
    intervalMs: config.flushIntervalMs,
    bufferBytes: config.bufferBytes,
    userAgent: `sightline-agent/${VERSION}`,
    timers,
    log,
  });
  const pipeline = new Pipeline({ exporter, timers, log });
  const coordinator = new Coordinator<MonitoringSource>({
    timers,
    deadlineMs: config.collectTimeoutMs,
    check: (source, returned) => pipeline.check(source, returned),
    sink: (collected, timeMs) => pipeline.collected(collected, timeMs),
    emit: (source, event) => pipeline.event(source.id, event),
  });
  if (config.enabled) {
    coordinator.add(new SystemSource({ intervalMs: config.systemIntervalMs }));
    coordinator.add(new ProcessSource({ intervalMs: config.processIntervalMs }));
    for (const source of options.sources ?? []) coordinator.add(source);
    coordinator.start();
  }
  let stopped: Promise<void> | undefined;
  return {
    registerSource(source) {
      const remove = coordinator.add(source);
      return () => {
        remove();
        pipeline.forget(source);
      };
    },
    stop() {
      stopped ??= (async () => {
        coordinator.stop();
        await exporter.flush(config.flushTimeoutMs);
        exporter.close();
      })();
      return stopped;
    },
  };
}
