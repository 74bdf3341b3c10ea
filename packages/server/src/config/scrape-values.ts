/** Kinds of values in Prometheus' sections, as zod schemas: durations, sizes, scalars; and the words for keys that are refused. */
import * as z from '../zod.ts';
import { parseDurationMs } from './duration.ts';

/** A value as a message shows it. */
function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

/** What is wrong and what is allowed, for the issues that no schema words itself. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      const kind = KINDS[issue.expected] ?? issue.expected;
      if (issue.input === undefined) return `is missing; it must be ${kind}`;
      return `must be ${kind}, not ${shown(issue.input)}`;
    }
    case 'invalid_value':
      return `${shown(issue.input)} is not allowed; allowed: ${issue.values.join(', ')}`;
    case 'too_small':
      return typeof issue.input === 'number'
        ? `must be at least ${issue.minimum}, not ${issue.input}`
        : 'must not be empty';
    default:
      return undefined;
  }
}

const isNoDuration = (value: unknown) => `${shown(value)} is not a duration such as 15s or 1m`;

/** A Prometheus duration (`15s`); the output is in ms. */
export const duration = z
  .union([z.string(), z.literal(0)], { error: (issue) => isNoDuration(issue.input) })
  .transform((value, context) => {
    const ms = parseDurationMs(String(value));
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: isNoDuration(value) });
    return z.NEVER;
  });

/** A duration above zero. */
export const interval = duration.refine((ms) => ms > 0, 'must be above zero');

const SIZE_UNITS = ['', 'K', 'M', 'G', 'T', 'P'];

/** A size as Prometheus writes it; units are powers of 1024 with and without `i`. The output is in bytes, 0 for no limit. */
export const size = z
  .union([z.string(), z.number()], { error: (issue) => isNoSize(issue.input) })
  .transform((value, context) => {
    const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(?:([KMGTP]?)i?B)?$/.exec(String(value)) ?? [];
    if (digits !== undefined)
      return Math.floor(Number(digits) * 1024 ** SIZE_UNITS.indexOf(unit ?? ''));
    context.addIssue({ code: 'custom', message: isNoSize(value) });
    return z.NEVER;
  });

function isNoSize(value: unknown): string {
  return `${shown(value)} is not a size such as 10MB`;
}

/** A count, 0 for no limit. */
export const limit = z.number().int().min(0);

/** Text; YAML may have read it as a number or a truth value. */
export const scalar = z
  .union([z.string(), z.number(), z.boolean()], {
    error: (issue) => `must be a text, not ${shown(issue.input)}`,
  })
  .transform(String);

export const labelMap = z.record(z.string().min(1), scalar);

/**
 * An object that may have the keys of `shape` only. Keys that Prometheus has and we have not (`unsupported`: names, or patterns)
 * are told apart from those that nobody has.
 */
export function section<T extends z.ZodRawShape>(
  shape: T,
  unsupported: readonly (string | RegExp)[] = [],
) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const known = issue.keys.filter((key) => isKnown(key, unsupported));
      if (known.length > 0) return `${list(known)} of Prometheus is not supported here`;
      return `there is no key ${list(issue.keys)} here; allowed: ${Object.keys(shape).join(', ')}`;
    },
  });
}

function isKnown(key: string, unsupported: readonly (string | RegExp)[]): boolean {
  return unsupported.some((u) => (typeof u === 'string' ? u === key : u.test(key)));
}

function list(keys: readonly string[]): string {
  return keys.map((key) => `\`${key}\``).join(', ');
}
