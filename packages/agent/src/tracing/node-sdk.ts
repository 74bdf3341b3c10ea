/**
 * OpenTelemetry's SDK for Node with its instrumentations, for those who want all of them: the application's own installation, started with the agent's
 * endpoint, headers and resource. The agent's own spans then go through it, too.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TraceSampler } from '../config/options.ts';
import type { Attributes } from '../source.ts';

const SDK = '@opentelemetry/sdk-node';
const INSTRUMENTATIONS = '@opentelemetry/auto-instrumentations-node';
const EXPORTER = '@opentelemetry/exporter-trace-otlp-proto';

export interface NodeSdkOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Attributes;
  readonly sampler: TraceSampler;
  readonly traceRatio: number;
}

/** Starts it; the function returned ends it. Rejects with what to install when a package is missing. */
export async function startNodeSdk(options: NodeSdkOptions): Promise<() => Promise<void>> {
  const sdkModule = await applicationModule(SDK);
  const exporterModule = await applicationModule(EXPORTER);
  const instrumentations = await applicationModule(INSTRUMENTATIONS);
  const { resources, tracing } = sdkModule;
  const ratio = construct(tracing, 'TraceIdRatioBasedSampler', options.traceRatio);
  const parentBased = options.sampler === 'parentbased';
  const traceExporter = construct(exporterModule, 'OTLPTraceExporter', {
    url: options.url.href,
    headers: options.headers,
  });
  const sdk = construct(sdkModule, 'NodeSDK', {
    traceExporter,
    sampler: parentBased ? construct(tracing, 'ParentBasedSampler', { root: ratio }) : ratio,
    // Metrics and logs are the agent's.
    metricReaders: [],
    logRecordProcessors: [],
    resource: call(resources, 'resourceFromAttributes', options.resource),
    instrumentations: [call(instrumentations, 'getNodeAutoInstrumentations')],
  });
  call(sdk, 'start');
  return async () => {
    await call(sdk, 'shutdown');
  };
}

type Module = Readonly<Record<string, unknown>>;

/** As the application would import it: the agent may lie elsewhere. */
async function applicationModule(name: string): Promise<Module> {
  try {
    const require = createRequire(join(process.cwd(), 'package.json'));
    const loaded: Module = await import(pathToFileURL(require.resolve(name)).href);
    return loaded;
  } catch (error) {
    throw new Error(
      `traces: 'sdk' needs packages of OpenTelemetry: npm install ${SDK} ${INSTRUMENTATIONS} ${EXPORTER}`,
      { cause: error },
    );
  }
}

function construct(from: unknown, name: string, argument: unknown): unknown {
  const found = memberOf(from, name);
  if (typeof found !== 'function') throw new Error(`${name} is missing in the installed version`);
  return Reflect.construct(found, [argument]);
}

function call(from: unknown, name: string, ...args: unknown[]): unknown {
  const found = memberOf(from, name);
  if (typeof found !== 'function') throw new Error(`${name} is missing in the installed version`);
  return Reflect.apply(found, from, args);
}

function memberOf(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined;
}
