/**
 * The command line: `sightline [command] [--flag value | --flag=value]`.
 *
 * Every setting is a flag (see keys.ts); boolean settings also work bare and as `--no-...`. What is not a setting is listed here.
 */
import { type Setting, settings } from './keys.ts';
import type { ConfigProblem } from './problem.ts';
import { nearest } from './suggest.ts';

export interface CommandLine {
  /** Words that are no flags, in order: `config`, `validate`. */
  words: string[];
  /** Values of settings by key. */
  flags: Map<string, string>;
  configFile: string | undefined;
  help: boolean;
  version: boolean;
  json: boolean;
  problems: ConfigProblem[];
}

/** Flags that are no settings. */
export const OTHER_FLAGS = ['--config', '--help', '--version', '--json'] as const;

/** `args` are those after the script's name. Unknown or incomplete flags become problems; nothing is thrown. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const line: CommandLine = {
    words: [],
    flags: new Map(),
    configFile: undefined,
    help: false,
    version: false,
    json: false,
    problems: [],
  };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      line.words.push(...args.slice(i + 1));
    } else if (!arg.startsWith('-') || arg === '-') {
      line.words.push(arg);
    } else if (takeFlag(line, arg, args[i + 1])) {
      i++;
    }
  }
  return line;
}

const byFlag = new Map(settings.filter((s) => !s.fileOnly).map((s) => [s.flag, s]));

/** Whether the flag used the following argument as its value. */
function takeFlag(line: CommandLine, arg: string, following: string | undefined): boolean {
  const equals = arg.indexOf('=');
  const name = equals < 0 ? arg : arg.slice(0, equals);
  const attached = equals < 0 ? undefined : arg.slice(equals + 1);
  if (attached === undefined && takeSwitch(line, name)) return false;
  const negated = name.startsWith('--no-') ? byFlag.get(`--${name.slice(5)}`) : undefined;
  if (negated?.isBoolean === true && attached === undefined) {
    setFlag(line, negated, 'false');
    return false;
  }
  const setting = byFlag.get(name);
  if (setting === undefined && name !== '--config') {
    line.problems.push(unknownFlag(name));
    return false;
  }
  if (setting?.isBoolean === true && attached === undefined) {
    const spoken = following === 'true' || following === 'false';
    setFlag(line, setting, spoken ? following : 'true');
    return spoken;
  }
  const value = attached ?? following;
  if (value === undefined || (attached === undefined && value.startsWith('--'))) {
    line.problems.push(
      flagProblem(name, 'needs a value', setting?.allowed ?? 'the path of a file'),
    );
    return false;
  }
  if (setting !== undefined) setFlag(line, setting, value);
  else if (line.configFile === undefined) line.configFile = value;
  else line.problems.push(flagProblem(name, 'is given twice', ''));
  return attached === undefined;
}

function takeSwitch(line: CommandLine, name: string): boolean {
  if (name === '--help' || name === '-h') line.help = true;
  else if (name === '--version' || name === '-V') line.version = true;
  else if (name === '--json') line.json = true;
  else return false;
  return true;
}

function setFlag(line: CommandLine, setting: Setting, value: string): void {
  if (line.flags.has(setting.key)) {
    line.problems.push(flagProblem(setting.flag, 'is given twice', ''));
  }
  line.flags.set(setting.key, value);
}

function unknownFlag(name: string): ConfigProblem {
  const known = [...byFlag.keys(), ...OTHER_FLAGS];
  return { ...flagProblem(name, 'there is no such flag', ''), suggestion: nearest(name, known) };
}

function flagProblem(subject: string, message: string, allowed: string): ConfigProblem {
  return { subject, place: '', message, allowed, suggestion: undefined };
}
