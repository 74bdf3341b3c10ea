/**
 * How long samples, log records and spans are kept: `retention` of the configuration.
 *
 * Model: rules say what of a signal is kept for how long; the one without a condition is about everything. A plain duration for the
 * signal (`--retention-traces 14d`) replaces its rules.
 */
import type { LogClass, RetentionPolicy, SpanClass } from '@sightline/store';
import * as z from '../zod.ts';
import { formatDurationMs, parseDurationMs } from './duration.ts';
import { parseSelector } from './selector.ts';
import { filePart, keptFor, optionalRetention, retention } from './setting.ts';

const MAX_RULES = 16;
const DAY_MS = 86_400_000;
const SEVERITIES = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;

const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = typeof value === 'number' ? value : parseDurationMs(value.trim());
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 2s' });
  return z.NEVER;
});
const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, 'must be small letters, digits and underscores')
  .optional();

const traceRule = z.strictObject({
  name,
  keep: keptFor,
  share: z.number().gt(0).lte(1).optional(),
  errors: z.boolean().optional(),
  min_duration: duration.optional(),
});

const selector = z.string().transform((text, context) => {
  const matchers = parseSelector(text);
  if (matchers !== undefined) return matchers;
  context.addIssue({ code: 'custom', message: 'must be a selector such as {service_name="api"}' });
  return z.NEVER;
});

const logRule = z.strictObject({
  name,
  keep: keptFor,
  min_severity: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).optional(),
  streams: selector.optional(),
});

type TraceRule = z.output<typeof traceRule>;
type LogRule = z.output<typeof logRule>;

function isConditional(rule: TraceRule | LogRule): boolean {
  return Object.keys(rule).some((key) => key !== 'name' && key !== 'keep');
}

/** One rule is about everything and has no name; the others have names of their own. */
function problemOf(rules: readonly (TraceRule | LogRule)[]): string {
  const named = rules.filter(isConditional).map((rule) => rule.name);
  if (rules.length !== named.length + 1) return 'one rule, and only one, must have no condition';
  if (named.includes(undefined)) return 'a rule with a condition must have a name';
  return new Set(named).size === named.length ? '' : 'two rules have the same name';
}

function rulesOf<T extends typeof traceRule | typeof logRule>(rule: T) {
  return z
    .array(rule)
    .min(1)
    .max(MAX_RULES)
    .superRefine((rules, context) => {
      const message = problemOf(rules);
      if (message !== '') context.addIssue({ code: 'custom', message });
    })
    .optional();
}

export const retentionSettings = z.strictObject({
  metrics: retention({
    description: 'How long samples are kept, by their own time. Older ones are refused on arrival.',
    fallback: '7d',
    reloadable: true,
  }),
  logs: optionalRetention({
    description:
      'How long log records are kept, by their own time; replaces `retention.log_rules`. Older ones are refused on arrival. Without both: 7d.',
    reloadable: true,
  }),
  log_rules: filePart(
    rulesOf(logRule),
    {
      description:
        'How long which log records are kept: a list of `{name, keep, min_severity, streams}`, with a severity (trace, debug, info, warn, error or fatal) and a selector such as `{service_name="api"}`. One rule has no condition and no name: it is about everything. When its time is over, what matches another rule with a longer time stays.',
      fallback: undefined,
      reloadable: true,
    },
    'a list of rules',
  ),
  traces: optionalRetention({
    description:
      'How long spans are kept, by their start; replaces `retention.trace_rules`. Older ones are refused on arrival.',
    reloadable: true,
  }),
  trace_rules: filePart(
    rulesOf(traceRule),
    {
      description:
        'How long which traces are kept: a list of `{name, keep, share, errors, min_duration}`. One rule has no condition and no name: it is about everything. When its time is over, traces that match another rule with a longer time stay: `errors: true` those with an error, `min_duration` those with a span that took as long, `share` that part of the rest. Without this and `retention.traces`: everything 3 days, a share of 0.1 30 days, errors and traces with a span of 5 seconds 90 days.',
      fallback: undefined,
      reloadable: true,
    },
    'a list of rules',
  ),
});

const DEFAULT_LOG_RULES: readonly LogRule[] = [{ keep: 7 * DAY_MS }];
const DEFAULT_TRACE_RULES: readonly TraceRule[] = [
  { keep: 3 * DAY_MS },
  { name: 'sample', keep: 30 * DAY_MS, share: 0.1 },
  { name: 'errors', keep: 90 * DAY_MS, errors: true },
  { name: 'slow', keep: 90 * DAY_MS, min_duration: 5000 },
];

export function retentionPolicy(settings: z.output<typeof retentionSettings>): RetentionPolicy {
  const { metrics, logs, log_rules, traces, trace_rules } = settings;
  const ofLogs = logs === undefined ? (log_rules ?? DEFAULT_LOG_RULES) : [{ keep: logs }];
  const ofTraces = traces === undefined ? (trace_rules ?? DEFAULT_TRACE_RULES) : [{ keep: traces }];
  return {
    metrics: { keepMs: metrics },
    logs: { keepMs: everything(ofLogs), classes: ofLogs.filter(isConditional).map(logClass) },
    spans: {
      keepMs: everything(ofTraces),
      classes: ofTraces.filter(isConditional).map(spanClass),
    },
  };
}

function everything(rules: readonly (TraceRule | LogRule)[]): number {
  return rules.find((rule) => !isConditional(rule))?.keep ?? Number.POSITIVE_INFINITY;
}

function logClass({ name = '', keep, min_severity, streams }: LogRule): LogClass {
  const minSeverity = min_severity === undefined ? 0 : SEVERITIES[min_severity];
  return { name, keepMs: keep, minSeverity, streams: streams ?? [] };
}

function spanClass({ name = '', keep, share, errors, min_duration }: TraceRule): SpanClass {
  return {
    name,
    keepMs: keep,
    share: share ?? 1,
    errors: errors ?? false,
    minDurationMs: min_duration ?? 0,
  };
}

/** As people read it: `3d, sample 30d, errors 90d`. */
export function retentionText({ keepMs, classes = [] }: Shown): string {
  const parts = classes.map((each) => `${each.name} ${kept(each.keepMs)}`);
  return [kept(keepMs), ...parts].join(', ');
}

interface Shown {
  keepMs: number;
  classes?: readonly { name: string; keepMs: number }[];
}

function kept(ms: number): string {
  if (!Number.isFinite(ms)) return 'forever';
  return ms % DAY_MS === 0 ? `${ms / DAY_MS}d` : formatDurationMs(ms);
}
