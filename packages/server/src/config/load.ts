/**
 * From flags, variables and file to one checked configuration.
 *
 * Model: every source gives flat values (`retention.metrics` -> value and place); the first source that has a key wins, in
 * the order flags, variables, file, defaults (of the preset where they depend on it). The whole is then parsed at once, so that all
 * problems are told together.
 */
import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import { type ConfigFile, type FileValue, readConfigFile } from './file.ts';
import { type Setting, settingByKey, settings, VARIABLE_PREFIX } from './keys.ts';
import { choosePreset, type MachineSize, measureMachine, type PresetChoice } from './machine.ts';
import { ConfigError, type ConfigProblem } from './problem.ts';
import { type Config, configSchema } from './schema.ts';
import type { ScrapeConfig } from './scrape.ts';
import type { Address, PresetName } from './setting.ts';
import { nearest } from './suggest.ts';

export interface ConfigSources {
  /** Values of flags by key (`retention.metrics`), as text. */
  flags: ReadonlyMap<string, string>;
  env: Readonly<Record<string, string | undefined>>;
  /** The file to read, or undefined. */
  file: string | undefined;
  machine?: MachineSize;
  /** Whether files that jobs name must be there; a server only needs them when it scrapes. */
  checkFiles?: boolean;
}

export interface LoadedConfig {
  config: Config;
  preset: PresetChoice;
  /** Every setting that has a value: as it was written, and where. */
  origins: ReadonlyMap<string, Origin>;
  /** `global` and `scrape_configs`, checked and completed. */
  scrape: readonly ScrapeConfig[];
  /** The folder of the file: names in it are relative to this. */
  folder: string;
}

export interface Origin {
  value: unknown;
  place: string;
  source: 'flag' | 'variable' | 'file' | 'preset' | 'default';
}

/** Throws ConfigError with every problem found. */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const problems: ConfigProblem[] = unknownVariables(sources.env);
  const file = sources.file === undefined ? undefined : await readConfigFile(sources.file);
  if (file !== undefined) problems.push(...file.problems);
  const fileValues = file?.values ?? new Map<string, FileValue>();

  const given = new Map<string, Origin>();
  for (const setting of settings) {
    const origin = firstOf(setting, sources, fileValues);
    if (origin !== undefined) given.set(setting.key, origin);
  }
  const presetOrigin = given.get('preset');
  const machine = sources.machine ?? measureMachine();
  const preset = choosePreset(presetOrigin?.value, presetOrigin?.place ?? '', machine);
  const origins = withDefaults(given, preset.name);
  const parsed = configSchema.safeParse(nested(origins));
  if (!parsed.success) {
    for (const issue of parsed.error.issues)
      problems.push(problemOf(issue.path, issue.message, origins));
  } else {
    problems.push(...exposedWithoutToken(parsed.data, origins));
  }
  const folder = sources.file === undefined ? process.cwd() : dirname(resolve(sources.file));
  const checkedFolder = sources.checkFiles === true ? folder : undefined;
  const scrape = await scrapeSections(origins, file, checkedFolder, problems);
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return { config: parsed.data, preset, origins, scrape, folder };
}

async function scrapeSections(
  origins: ReadonlyMap<string, Origin>,
  file: ConfigFile | undefined,
  checkedFolder: string | undefined,
  problems: ConfigProblem[],
): Promise<ScrapeConfig[]> {
  const [global, jobs] = [origins.get('global'), origins.get('scrape_configs')];
  if (global === undefined && jobs === undefined) return [];
  // Loaded only here: a process that scrapes nothing saves the memory of the regular expressions.
  const { parseScrapeSections } = await import('./scrape.ts');
  const parsed = parseScrapeSections(global?.value, jobs?.value);
  if (checkedFolder !== undefined) {
    const { unreadableFiles } = await import('./scrape-files.ts');
    parsed.problems.push(...unreadableFiles(parsed.configs, checkedFolder));
  }
  for (const { path, keys, message } of parsed.problems) {
    const place = file?.placeOf(keys) ?? '';
    problems.push({ subject: path, place, message, allowed: '', suggestion: undefined });
  }
  return parsed.configs;
}

function firstOf(
  setting: Setting,
  sources: ConfigSources,
  fileValues: ReadonlyMap<string, FileValue>,
): Origin | undefined {
  const flag = sources.flags.get(setting.key);
  if (flag !== undefined) return { value: flag, place: `flag ${setting.flag}`, source: 'flag' };
  const variable = setting.fileOnly ? undefined : sources.env[setting.variable];
  // An empty variable is how a container file says "not set".
  if (variable !== undefined && variable !== '') {
    return { value: variable, place: `variable ${setting.variable}`, source: 'variable' };
  }
  const line = fileValues.get(setting.key);
  return line === undefined ? undefined : { ...line, source: 'file' };
}

/** The given values and, for the rest, the defaults; in the order of the schema. */
function withDefaults(given: ReadonlyMap<string, Origin>, preset: PresetName): Map<string, Origin> {
  const all = new Map<string, Origin>();
  for (const setting of settings) {
    const known = given.get(setting.key);
    if (known !== undefined) all.set(setting.key, known);
    const fallback = setting.fallback;
    if (known !== undefined || fallback === undefined) continue;
    if (typeof fallback === 'object' && 'small' in fallback) {
      all.set(setting.key, {
        value: fallback[preset],
        place: `preset ${preset}`,
        source: 'preset',
      });
    } else {
      all.set(setting.key, { value: fallback, place: 'default', source: 'default' });
    }
  }
  return all;
}

function nested(origins: ReadonlyMap<string, Origin>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  const sections = new Map<string, Record<string, unknown>>();
  for (const { key, path } of settings) {
    const [first = '', second] = path;
    const origin = origins.get(key);
    if (second === undefined) {
      if (origin !== undefined) root[first] = origin.value;
      continue;
    }
    const section = sections.get(first) ?? {};
    sections.set(first, section);
    root[first] = section;
    if (origin !== undefined) section[second] = origin.value;
  }
  return root;
}

function problemOf(
  path: readonly PropertyKey[],
  message: string,
  origins: ReadonlyMap<string, Origin>,
): ConfigProblem {
  const parts = path.map(String);
  for (let length = parts.length; length > 0; length--) {
    const key = parts.slice(0, length).join('.');
    const setting = settingByKey.get(key);
    if (setting === undefined) continue;
    const origin = origins.get(key);
    const subject = parts.join('.');
    const place = origin?.place ?? '';
    if (setting.fileOnly) return { subject, place, message, allowed: '', suggestion: undefined };
    const shown = setting.secret ? 'the value' : JSON.stringify(origin?.value);
    return {
      subject,
      place,
      message: `${shown} is not allowed`,
      allowed: setting.allowed,
      suggestion: undefined,
    };
  }
  return { subject: parts.join('.'), place: '', message, allowed: '', suggestion: undefined };
}

/** Variables that Kubernetes and Docker links make for a service named `sightline`; not meant for us. */
const SERVICE_VARIABLE = /_(SERVICE_(HOST|PORT)(_.*)?|PORT(_\d+_(TCP|UDP)(_.*)?)?|ENV_.*|NAME)$/;

/** Variables that have a meaning but are no setting. */
export const CONFIG_FILE_VARIABLE = `${VARIABLE_PREFIX}CONFIG`;
/** Set by the launcher for the process that it watches over. */
export const LAUNCHER_VARIABLE = `${VARIABLE_PREFIX}LAUNCHER`;
const OTHER_VARIABLES: ReadonlySet<string> = new Set([CONFIG_FILE_VARIABLE, LAUNCHER_VARIABLE]);

function unknownVariables(env: ConfigSources['env']): ConfigProblem[] {
  const known = new Map(settings.map((setting) => [setting.variable, setting]));
  const problems: ConfigProblem[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith(VARIABLE_PREFIX) || OTHER_VARIABLES.has(name)) continue;
    const setting = known.get(name);
    if (setting?.fileOnly === true) {
      const message = 'can only be set in the file';
      problems.push({
        subject: name,
        place: 'environment',
        message,
        allowed: '',
        suggestion: undefined,
      });
    } else if (setting === undefined && !SERVICE_VARIABLE.test(name)) {
      const suggestion = nearestVariable(name, [...known.keys(), CONFIG_FILE_VARIABLE]);
      problems.push({
        subject: name,
        place: 'environment',
        message: 'there is no such setting',
        allowed: suggestion === undefined ? 'the settings that `sightline --help` lists' : '',
        suggestion,
      });
    }
  }
  return problems;
}

/** The prefix is left aside: it would make everything look alike. */
function nearestVariable(name: string, known: readonly string[]): string | undefined {
  const rests = known.map((one) => one.slice(VARIABLE_PREFIX.length));
  const rest = nearest(name.slice(VARIABLE_PREFIX.length), rests);
  return rest === undefined ? undefined : VARIABLE_PREFIX + rest;
}

function exposedWithoutToken(
  config: Config,
  origins: ReadonlyMap<string, Origin>,
): ConfigProblem[] {
  if (config.token !== undefined) return [];
  const problems: ConfigProblem[] = [];
  for (const key of ['http', 'otlp_http', 'otlp_grpc'] as const) {
    const listens = config[key];
    if (listens === null || isLoopback(listens)) continue;
    problems.push({
      subject: key,
      place: origins.get(key)?.place ?? '',
      message: `${listens.host} can be reached from other machines, so a token is needed: set --token or SIGHTLINE_TOKEN`,
      allowed: 'without a token, only loopback addresses (127.0.0.1, [::1], localhost)',
      suggestion: undefined,
    });
  }
  return problems;
}

export function isLoopback(address: Address): boolean {
  const host = address.host.toLowerCase();
  if (host === 'localhost') return true;
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host === '0:0:0:0:0:0:0:1';
}
