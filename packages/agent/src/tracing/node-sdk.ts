/**
 * OpenTelemetry's SDK for Node with its instrumentations, for those who want all of them: the application's own installation, started with the agent's
 * endpoint, headers, resource and sampler. The agent makes no spans of its own beside it. Versions 0.2xx and 0.3xx of the SDK are known.
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
  // From 0.300 on the SDK does not hand these on any more.
  const tracing = sdkModule.tracing ?? (await moduleOfSdk('@opentelemetry/sdk-trace'));
  const resources = sdkModule.resources ?? (await moduleOfSdk('@opentelemetry/resources'));
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

/** As the application would load it: the agent may lie elsewhere. */
async function applicationModule(name: string): Promise<Module> {
  try {
    return await moduleAt(applicationRequire().resolve(name));
  } catch (error) {
    throw new Error(
      `traces: 'sdk' needs packages of OpenTelemetry: npm install ${SDK} ${INSTRUMENTATIONS} ${EXPORTER}`,
      { cause: error },
    );
  }
}

/** One that the SDK brings along, in the SDK's version. */
function moduleOfSdk(name: string): Promise<Module> {
  return moduleAt(createRequire(applicationRequire().resolve(SDK)).resolve(name));
}

function applicationRequire(): NodeJS.Require {
  return createRequire(join(process.cwd(), 'package.json'));
}

async function moduleAt(path: string): Promise<Module> {
  const loaded: Module = await import(pathToFileURL(path).href);
  return loaded;
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
