import type { CommandLine } from '../config/flags.ts';
import { CONFIG_FILE_VARIABLE, type LoadedConfig, loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { fail } from './output.ts';

/** From the command line, the environment and the file. Throws ConfigError. */
export function readConfig(line: CommandLine, checkFiles = false): Promise<LoadedConfig> {
  const file = line.configFile ?? (process.env[CONFIG_FILE_VARIABLE] || undefined);
  return loadConfig({ flags: line.flags, env: process.env, file, checkFiles });
}

/** The same; undefined after its problems have been told. */
export async function loadFromCommandLine(line: CommandLine): Promise<LoadedConfig | undefined> {
  try {
    return await readConfig(line);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tellProblems(error);
    return undefined;
  }
}

export function tellProblems(error: ConfigError): void {
  fail(`the configuration cannot be used\n${error.message}`);
}
