/**
 * The kinds of settings: each is a zod schema that takes the typed value of a file as well as the text of a flag or a variable,
 * and is registered with what the help, the documentation and the error messages say about it.
 */
import * as z from '../zod.ts';
import { parseDurationMs } from './duration.ts';

export const PRESET_NAMES = ['small', 'medium', 'large'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export interface SettingInfo {
  /** One or two sentences for a reader who has not seen the code. */
  description: string;
  /** What is allowed, as it completes "allowed: ...". */
  allowed: string;
  /** Used when no source sets the value; one value, or one for each preset. undefined: not set. */
  fallback: SettingText | Readonly<Record<PresetName, SettingText>> | undefined;
  /** Taken over on SIGHUP without a restart. */
  reloadable: boolean;
  /** Never shown. */
  secret: boolean;
  /** `--flag` alone means true. */
  isBoolean: boolean;
  /** Only a file can hold it (lists of objects). */
  fileOnly: boolean;
}

/** A value as a person writes it. */
export type SettingText = string | number | boolean | readonly string[];

export const settingInfo = z.registry<SettingInfo>();

export type SettingOptions = Pick<SettingInfo, 'description' | 'fallback'> &
  Partial<Pick<SettingInfo, 'reloadable' | 'secret'>>;

function info(options: SettingOptions, allowed: string, rest: Partial<SettingInfo> = {}) {
  const defaults = { reloadable: false, secret: false, isBoolean: false, fileOnly: false };
  return { ...defaults, allowed, ...rest, ...options };
}

/** A whole number in [min, max]. */
export function wholeNumber(min: number, max: number, options: SettingOptions) {
  return z
    .preprocess(textToNumber, z.number().int().min(min).max(max))
    .register(settingInfo, info(options, `a whole number from ${min} to ${max}`));
}

/** Milliseconds, or a duration such as `30s`; the output is in milliseconds. */
export function milliseconds(min: number, max: number, options: SettingOptions) {
  const allowed = `milliseconds from ${min} to ${max}, or a duration such as 30s`;
  return z
    .preprocess((value) => {
      if (typeof value !== 'string') return value;
      return parseDurationMs(value.trim()) ?? textToNumber(value);
    }, z.number().int().min(min).max(max))
    .register(settingInfo, info(options, allowed));
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Bytes, or a size such as `64MiB`; the output is in bytes. */
export function bytes(min: number, max: number, options: SettingOptions) {
  const allowed = `bytes from ${min} to ${max}, or a size such as 64MiB (KB, MB, GB, KiB, MiB, GiB)`;
  return z
    .preprocess((value) => {
      if (typeof value !== 'string') return value;
      const sized = /^(\d+(?:\.\d+)?)\s*([KMG]i?B)$/.exec(value.trim());
      if (sized === null) return textToNumber(value);
      return Math.floor(Number(sized[1]) * (BYTE_UNITS[sized[2] ?? ''] ?? Number.NaN));
    }, z.number().int().min(min).max(max))
    .register(settingInfo, info(options, allowed));
}

/** How long something is kept; the output is in milliseconds, Infinity for `forever`. */
export const keptFor = z.union([z.string(), z.number()]).transform((value, context) => {
  const text = String(value).trim();
  if (text === 'forever') return Number.POSITIVE_INFINITY;
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= MIN_RETENTION_MS) return ms;
  context.addIssue({ code: 'custom', message: KEPT_FOR });
  return z.NEVER;
});

/** How long to keep data; the output is in milliseconds, Infinity for `forever`. */
export function retention(options: SettingOptions) {
  return keptFor.clone().register(settingInfo, info(options, KEPT_FOR));
}

/** As `retention`, of which nothing may be said. */
export function optionalRetention(options: Omit<SettingOptions, 'fallback'>) {
  return keptFor
    .optional()
    .register(settingInfo, info({ ...options, fallback: undefined }, KEPT_FOR));
}

const KEPT_FOR = 'a duration of at least 1h such as 7d or 1y, or forever';
const MIN_RETENTION_MS = 3_600_000;

export interface Address {
  host: string;
  port: number;
}

/** HOST:PORT. */
export function address(options: SettingOptions) {
  return z
    .string()
    .transform((text, context) => parseAddress(text) ?? refuse(context))
    .register(settingInfo, info(options, ADDRESS_ALLOWED));
}

/** HOST:PORT, or `off`; the output is null for `off`. YAML 1.1 writers may have turned `off` into false. */
export function addressOrOff(options: SettingOptions) {
  return z
    .union([z.string(), z.literal(false)])
    .transform((value, context) => {
      if (value === false || value.trim().toLowerCase() === 'off') return null;
      return parseAddress(value) ?? refuse(context);
    })
    .register(settingInfo, info(options, `${ADDRESS_ALLOWED}, or off`));
}

const ADDRESS_ALLOWED = 'HOST:PORT such as 127.0.0.1:4300, [::1]:4300 or 0.0.0.0:4300';

function refuse(context: z.core.$RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'no address' });
  return z.NEVER;
}

function parseAddress(text: string): Address | undefined {
  const found = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text.trim());
  const port = Number(found?.[3]);
  if (found === null || port > 65_535) return undefined;
  return { host: found[1] ?? found[2] ?? '', port };
}

export function formatAddress(address: Address): string {
  return address.host.includes(':')
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(
  words: T,
  options: SettingOptions,
) {
  return z.enum(words).register(settingInfo, info(options, words.join(', ')));
}

export function flag(options: SettingOptions) {
  return z
    .preprocess((value) => {
      if (value === 'true') return true;
      return value === 'false' ? false : value;
    }, z.boolean())
    .register(settingInfo, info(options, 'true or false', { isBoolean: true }));
}

/** Text of at least one character. */
export function text(options: SettingOptions) {
  return z.string().trim().min(1).register(settingInfo, info(options, 'a text that is not empty'));
}

export function optionalText(options: Omit<SettingOptions, 'fallback'>) {
  return z
    .string()
    .trim()
    .min(1)
    .optional()
    .register(settingInfo, info({ ...options, fallback: undefined }, 'a text that is not empty'));
}

/** A list of texts; a flag or a variable separates them by commas. */
export function textList(options: SettingOptions) {
  return z
    .preprocess(
      (value) => {
        if (typeof value !== 'string') return value;
        const items = value.split(',').map((item) => item.trim());
        return items.filter((item) => item !== '');
      },
      z.array(z.string().min(1)),
    )
    .register(
      settingInfo,
      info(options, 'a list of texts; as a flag or variable, separated by commas'),
    );
}

/** A part of the file with a schema of its own; it has no flag and no variable. */
export function filePart<T extends z.ZodType>(schema: T, options: SettingOptions, allowed: string) {
  settingInfo.add(schema, info(options, allowed, { fileOnly: true }));
  return schema;
}

function textToNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const digits = value.trim().replaceAll('_', '');
  return /^-?\d+(\.\d+)?(e\d+)?$/.test(digits) ? Number(digits) : value;
}
