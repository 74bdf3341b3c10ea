/**
 * The whole process, put together: configuration -> store -> intake, queries, scraping -> HTTP.
 *
 * Model: parts are started in the order in which data flows and stopped in the reverse order, so that nothing arrives where nothing can
 * take it: listeners close first, open requests finish, queries end, the store syncs and closes last.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmbeddedStore, openEmbeddedStore } from '@sightline/store';
import type { FastifyInstance } from 'fastify';
import type { LoadedConfig } from './config/load.ts';
import { ConfigError } from './config/problem.ts';
import { retentionPolicy } from './config/retention.ts';
import type { Config } from './config/schema.ts';
import { type Address, formatAddress } from './config/setting.ts';
import { buildApp } from './http/app.ts';
import { BodyBudget } from './http/body.ts';
import { closeApp, closeServer, listenApp, listenOtlpHttp } from './http/listeners.ts';
import { Intake } from './intake/intake.ts';
import { OtlpIntake } from './intake/otlp/otlp-intake.ts';
import { LogPatterns, NO_PATTERNS } from './intake/patterns/log-patterns.ts';
import { PatternFile } from './intake/patterns/pattern-file.ts';
import { RecordIntake } from './intake/record-intake.ts';
import { RedMetrics } from './intake/red/red-metrics.ts';
import { Scraping } from './intake/scrape/scraping.ts';
import { SelfMonitor } from './intake/self/monitor.ts';
import { LiveTails } from './intake/tail/live-tails.ts';
import type { Log } from './log.ts';
import {
  deltaLimits,
  intakeLimits,
  otlpOptions,
  poolLimits,
  redLimits,
  storeOptions,
} from './options.ts';
import type { Live, Parts } from './parts.ts';
import type { EmbeddedThreadStore } from './queries/embedded.ts';
import { QueryPool } from './queries/pool.ts';
import { changeBetween, logChange } from './reload.ts';
import { registerRoutes } from './routes.ts';
import { readVersion } from './version.ts';

export interface RunningServer {
  /** Where the page is. */
  url: string;
  /** Resolves when the process cannot go on. */
  fatal: Promise<Error>;
  /** Takes over what can be taken over of a changed configuration. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions {
  loaded: LoadedConfig;
  log: Log;
  /** Loads the configuration again; undefined when it cannot be used (and has been told). */
  reload(): Promise<LoadedConfig | undefined>;
}

/** The build of the page lies in the package beside this one. */
const PAGE_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Throws ListenError, and the store's DirectoryError. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { loaded, log } = options;
  const { config, preset } = loaded;
  log.info(`preset ${preset.name}: ${preset.reason}`);
  let failed: (error: Error) => void = () => {};
  const fatal = new Promise<Error>((resolveFatal) => {
    failed = resolveFatal;
  });
  const store = await openEmbeddedStore(storeOptions(config, log, failed));
  log.info(`data in ${resolve(config.data)}`);
  const stops: (() => Promise<void>)[] = [() => store.close()];
  try {
    const parts = composeParts(options, store);
    if (parts.patterns !== undefined) {
      const file = new PatternFile(config.data, parts.patterns, log);
      file.start();
      stops.push(async () => file.stop());
    }
    stops.push(() => parts.intake.close());
    stops.push(() => parts.queries.close());
    parts.red?.start();
    stops.push(async () => parts.red?.stop());
    parts.self.start();
    stops.push(async () => parts.self.stop());
    stops.push(() => parts.scraping.close());
    await applyScraping(parts, loaded);
    const app = buildApp({
      log,
      token: config.token,
      allowedHosts: () => parts.live.loaded.config.allowed_hosts,
      maxBodyBytes: config.limits.body_size_bytes,
      bodyBudget: new BodyBudget(config.limits.request_bytes),
      pageFolder: PAGE_FOLDER,
    });
    registerRoutes(app, parts);
    // Listeners stop together: each may have to wait for its open requests.
    const listeners: (() => Promise<void>)[] = [() => closeApp(app)];
    stops.push(async () => {
      await Promise.all(listeners.map((stop) => stop()));
    });
    const url = await listenAll(app, parts, listeners);
    return {
      url,
      fatal,
      reload: () => reload(options, parts),
      stop: () => stopAll(stops),
    };
  } catch (error) {
    await stopAll(stops);
    throw error;
  }
}

function composeParts(options: StartOptions, store: EmbeddedStore): Parts {
  const { loaded, log } = options;
  const { config } = loaded;
  const startedMs = Date.now();
  const live: Live = {
    loaded,
    otlp: otlpOptions(config),
    startedMs,
    reloaded: { ok: true, atMs: startedMs },
    listeners: [],
  };
  const intake = new Intake({ store, limits: intakeLimits(config) });
  const records = new RecordIntake(intake, store);
  const patterns = config.logs.patterns ? new LogPatterns(config.logs.patterns_bytes) : undefined;
  if (patterns !== undefined) records.observers.watchLogs(patterns);
  const tails = new LiveTails({
    maxTails: config.logs.tails,
    watch: (observer) => records.observers.watchLogs(observer),
  });
  const red = config.traces.metrics ? new RedMetrics(intake, redLimits(config)) : undefined;
  if (red !== undefined) records.observers.watchSpans(red);
  const otlp = new OtlpIntake({
    intake,
    records,
    options: () => live.otlp,
    deltaLimits: deltaLimits(config),
  });
  const queries = new QueryPool({
    threads: config.query.workers,
    heapBytes: config.query.worker_heap_bytes,
    idleMs: config.query.worker_idle_ms,
    limits: poolLimits(config, loaded.preset.machine.memoryBytes),
    readerModule: new URL(
      import.meta.url.endsWith('.ts') ? './queries/embedded.ts' : './queries/embedded.js',
      import.meta.url,
    ).href,
    store: threadStore(config, store),
    snapshots: store,
    log,
  });
  const scraping = new Scraping({
    intake,
    version: readVersion(),
    warn: (message) => log.warn(`scrape: ${message}`),
  });
  const self = new SelfMonitor({
    intake,
    version: readVersion(),
    intervalMs: config.self.interval_ms,
    record: config.self.enabled,
    queries: () => queries.stats(),
    scrape: () => scraping.stats(),
    delta: () => otlp.deltaStats(),
    ...(red === undefined ? {} : { red: () => red.stats() }),
    logs: () => ({ tails: tails.stats(), patterns: patterns?.stats() ?? NO_PATTERNS }),
  });
  return { live, log, store, intake, records, patterns, tails, otlp, red, queries, scraping, self };
}

/** For the threads of the pool; see queries/embedded.ts. */
function threadStore(config: Config, store: EmbeddedStore): EmbeddedThreadStore {
  const { worker_cache_bytes: cacheBytes, worker_open_files: openFiles } = config.query;
  return { handle: store.readerHandle(), options: { cacheBytes, openFiles } };
}

/** The last started is stopped first. */
async function stopAll(stops: readonly (() => Promise<void>)[]): Promise<void> {
  for (const stop of stops.toReversed()) await stop();
}

async function listenAll(
  app: FastifyInstance,
  parts: Parts,
  stops: (() => Promise<void>)[],
): Promise<string> {
  const { config } = parts.live.loaded;
  const listen = async (
    name: 'otlp_http' | 'otlp_grpc',
    start: (address: Address) => Promise<{ url: string; stop: () => Promise<void> }>,
  ): Promise<void> => {
    const address = config[name];
    if (address === null) {
      parts.live.listeners.push({ name, url: '', state: 'off', detail: '' });
      return;
    }
    try {
      const { url, stop } = await start(address);
      stops.push(stop);
      parts.live.listeners.push({ name, url, state: 'listening', detail: '' });
    } catch (error) {
      const isDefault = parts.live.loaded.origins.get(name)?.source === 'default';
      if (!isDefault || !(error instanceof Error)) throw error;
      parts.log.warn(`${error.message}; going on without it`);
      const detail = error.message;
      parts.live.listeners.push({ name, url: formatAddress(address), state: 'failed', detail });
    }
  };
  await listen('otlp_http', async (address) => {
    const { server, url } = await listenOtlpHttp(app, address);
    return { url, stop: () => closeServer(server) };
  });
  await listen('otlp_grpc', async (address) => {
    // Loaded only here: gRPC is dear in memory.
    const { listenOtlpGrpc } = await import('./http/otlp/grpc.ts');
    return listenOtlpGrpc({ otlp: parts.otlp, log: parts.log, token: config.token }, address);
  });
  const url = await listenApp(app, config.http);
  parts.live.listeners.unshift({ name: 'http', url, state: 'listening', detail: '' });
  return url;
}

/** Throws ConfigError where a file that a job names cannot be used. */
async function applyScraping(parts: Parts, loaded: LoadedConfig): Promise<void> {
  try {
    await parts.scraping.apply(loaded.scrape, loaded.folder);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const place = loaded.origins.get('scrape_configs')?.place ?? '';
    const subject = 'scrape_configs';
    throw new ConfigError([{ subject, place, message, allowed: '', suggestion: undefined }]);
  }
}

async function reload(options: StartOptions, parts: Parts): Promise<void> {
  const loaded = await options.reload();
  parts.live.reloaded = { ok: false, atMs: Date.now() };
  if (loaded === undefined) {
    parts.log.warn('the configuration was not reloaded: what was in force stays');
    return;
  }
  try {
    await applyScraping(parts, loaded);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    parts.log.warn(`the configuration was not reloaded: ${reason}`);
    return;
  }
  parts.live.reloaded.ok = true;
  const change = changeBetween(parts.live.loaded, loaded);
  parts.live.loaded = loaded;
  parts.live.otlp = otlpOptions(loaded.config);
  Object.assign(parts.intake.limits, intakeLimits(loaded.config));
  Object.assign(parts.queries.limits, poolLimits(loaded.config, loaded.preset.machine.memoryBytes));
  parts.store.setRetention(retentionPolicy(loaded.config.retention));
  parts.log.level = loaded.config.log.level;
  logChange(change, parts.log);
}
