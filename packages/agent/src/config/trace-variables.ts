/** The variables of OpenTelemetry that are about traces and about its logs API. */
import type { TraceSampler } from './options.ts';
import { ConfigError, headersOf, isOtlp, urlOf } from './parse.ts';
import type { Variable } from './variables.ts';

/** Sampler and, where the name settles it, ratio. */
const SAMPLERS: Readonly<Record<string, readonly [TraceSampler, ratio?: number]>> = {
  always_on: ['ratio', 1],
  always_off: ['ratio', 0],
  traceidratio: ['ratio'],
  parentbased_always_on: ['parentbased', 1],
  parentbased_always_off: ['parentbased', 0],
  parentbased_traceidratio: ['parentbased'],
};

export const TRACE_VARIABLES: readonly Variable[] = [
  {
    name: 'OTEL_TRACES_EXPORTER',
    option: 'traces',
    meaning: '`otlp` switches traces on, `none` off',
    standard: '`none`',
    apply: (draft, text) => {
      draft.traces = isOtlp(text);
    },
  },
  {
    name: 'OTEL_LOGS_EXPORTER',
    option: 'logs',
    meaning: "`otlp` sends the log records of OpenTelemetry's logs API, `none` does not",
    standard: '`none`',
    apply: (draft, text) => {
      draft.logs = isOtlp(text);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    option: 'tracesEndpoint',
    meaning: 'whole address for spans',
    standard: '',
    apply: (draft, text) => {
      draft.tracesEndpoint = urlOf(text);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
    option: 'tracesHeaders',
    meaning: 'further headers of requests with spans',
    standard: '',
    apply: (draft, text) => {
      draft.tracesHeaders = headersOf(text);
    },
  },
  {
    name: 'OTEL_TRACES_SAMPLER',
    option: 'traceSampler',
    meaning: '`always_on`, `always_off`, `traceidratio`, or one of these after `parentbased_`',
    standard: '`parentbased_always_on`',
    apply: (draft, text) => {
      const found = Object.hasOwn(SAMPLERS, text.trim()) ? SAMPLERS[text.trim()] : undefined;
      if (found === undefined) {
        throw new ConfigError(`is none of ${Object.keys(SAMPLERS).join(', ')}`);
      }
      const [sampler, ratio] = found;
      draft.traceSampler = sampler;
      if (ratio !== undefined) draft.traceRatio = ratio;
    },
  },
  {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    option: 'traceRatio',
    meaning: 'share of traces that are kept, for a sampler that takes one',
    standard: '`1`',
    apply: (draft, text) => {
      const ratio = Number(text);
      if (!(ratio >= 0 && ratio <= 1)) throw new ConfigError('is no number from 0 to 1');
      draft.traceRatio ??= ratio;
    },
  },
];
