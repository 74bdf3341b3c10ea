/**
 * Whether options given in code are what they should be, for applications whose compiler does not tell.
 *
 * Model: one check for each option, which says what it must be where it is not; `resolved` stands for those that resolve.ts checks as it reads them.
 */
import { checkSource } from '../collect/check-source.ts';
import { errorText } from '../error-text.ts';
import { THRESHOLD_NAMES } from '../tracking/thresholds.ts';
import { nearest } from './near.ts';
import type { AgentOptions } from './options.ts';
import { ConfigError } from './parse.ts';

/** Throws a ConfigError; `name` is the option's, such as `http.buckets`. */
type Check = (name: string, value: unknown) => void;

type Checks<Options> = Readonly<Record<keyof Options, Check>>;

const MAX_SHOWN = 40;

const resolved: Check = () => {};
const text = must('a text', (value) => typeof value === 'string');
const flag = must('true or false', (value) => typeof value === 'boolean');
const duration = must('a number of milliseconds, 0 or above', (value) => isAtLeast(value, 0));
const number = must('a number of 1 or above', (value) => isAtLeast(value, 1));
const clock = must(
  'a clock: an object with now() and unixMs()',
  (value) =>
    isObject(value) && typeof value.now === 'function' && typeof value.unixMs === 'function',
);
const headers = each('an object of texts', text);
const limit = must(
  'a number above 0, or false to leave it alone',
  (value) => value === false || (typeof value === 'number' && value > 0 && value < Infinity),
);

const DATABASE: Checks<NonNullable<AgentOptions['database']>> = {
  slowQueryMs: duration,
  vitalQueryMs: duration,
  showParameters: flag,
  maxStatements: number,
  repeatLimit: number,
  clock,
};

const OPTIMIZER: Checks<NonNullable<AgentOptions['optimizer']>> = {
  dryRun: flag,
  undoWorse: flag,
  windowMs: duration,
  deadlineMs: duration,
  historyLimit: number,
  builtIn: flag,
};

const HTTP: Checks<NonNullable<AgentOptions['http']>> = {
  buckets: must('a list of ascending numbers above 0', isAscending),
  maxEndpoints: number,
  clock,
};

const OPTIONS: Checks<AgentOptions> = {
  enabled: resolved,
  service: text,
  serviceVersion: text,
  environment: text,
  resource: each(
    'an object of texts, numbers, true and false',
    must('a text, a number, true or false', isAttribute),
  ),
  endpoint: text,
  metricsEndpoint: text,
  logsEndpoint: text,
  tracesEndpoint: text,
  headers,
  metricsHeaders: headers,
  logsHeaders: headers,
  tracesHeaders: headers,
  metrics: resolved,
  traces: resolved,
  traceSampler: resolved,
  traceRatio: resolved,
  logs: resolved,
  timeoutMs: resolved,
  compression: resolved,
  batchSize: resolved,
  flushIntervalMs: resolved,
  bufferBytes: resolved,
  flushTimeoutMs: resolved,
  flushOnExit: resolved,
  logLevel: resolved,
  cpuThreshold: resolved,
  memoryThreshold: resolved,
  redisMemoryThresholdMb: resolved,
  adaptiveIntervals: resolved,
  metricCompression: resolved,
  insightCorrelation: resolved,
  detailedMonitoring: resolved,
  prometheus: partsOf({ host: text, port: resolved }),
  systemIntervalMs: resolved,
  processIntervalMs: resolved,
  collectTimeoutMs: resolved,
  optimizer: partsOf(OPTIMIZER),
  sources,
  thresholds: partsOf(Object.fromEntries(THRESHOLD_NAMES.map((name) => [name, limit]))),
  http: partsOf(HTTP),
  database: partsOf(DATABASE),
};

/** Throws a ConfigError that names the option. */
export function checkOptions(options: unknown): void {
  if (!isObject(options)) {
    throw new ConfigError(
      `options must be an object such as { service: 'shop' }, not ${shown(options)}`,
    );
  }
  checkParts('', options, OPTIONS);
}

function checkParts(
  prefix: string,
  options: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, Check>>,
): void {
  const known = Object.keys(checks);
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) {
      const meant = nearest(key, known);
      const hint = meant === undefined ? '' : `; is ${prefix}${meant} meant?`;
      throw new ConfigError(`there is no option ${prefix}${key.slice(0, MAX_SHOWN)}${hint}`);
    }
    if (value !== undefined) check(`${prefix}${key}`, value);
  }
}

function partsOf(checks: Readonly<Record<string, Check>>): Check {
  return (name, value) => {
    const parts = Object.keys(checks).join(', ');
    if (!isObject(value)) throw wrong(name, `an object with any of ${parts}`, value);
    checkParts(`${name}.`, value, checks);
  };
}

/** An object whose values are all of one type. */
function each(what: string, check: Check): Check {
  return (name, value) => {
    if (!isObject(value)) throw wrong(name, what, value);
    for (const [key, part] of Object.entries(value))
      check(`${name}.${key.slice(0, MAX_SHOWN)}`, part);
  };
}

function must(what: string, holds: (value: unknown) => boolean): Check {
  return (name, value) => {
    if (!holds(value)) throw wrong(name, what, value);
  };
}

function sources(name: string, value: unknown): void {
  if (!Array.isArray(value)) throw wrong(name, 'a list of sources', value);
  for (const [index, source] of value.entries()) {
    try {
      checkSource(source);
    } catch (error) {
      throw new ConfigError(`option ${name}[${index}]: ${errorText(error)}`);
    }
  }
}

function wrong(name: string, what: string, value: unknown): ConfigError {
  return new ConfigError(`option ${name} must be ${what}, not ${shown(value)}`);
}

/** A value in an error: never all of it, it may be a secret or long. */
function shown(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (Array.isArray(value)) return 'a list';
  return (
    { string: 'a text', object: 'an object', function: 'a function' }[String(typeof value)] ??
    typeof value
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAtLeast(value: unknown, least: number): boolean {
  return typeof value === 'number' && value >= least && value < Infinity;
}

/** One that is undefined is left out. */
function isAttribute(value: unknown): boolean {
  return value === undefined || ['string', 'number', 'boolean'].includes(typeof value);
}

function isAscending(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (bound, i) => typeof bound === 'number' && bound < Infinity && bound > (value[i - 1] ?? 0),
    )
  );
}
