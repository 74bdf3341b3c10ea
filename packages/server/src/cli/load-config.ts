import type { CommandLine } from '../config/flags.ts';
import { CONFIG_FILE_VARIABLE, type LoadedConfig, loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { fail } from './output.ts';

/** From the command line, the environment and the file; undefined after its problems have been told. */
export async function loadFromCommandLine(line: CommandLine): Promise<LoadedConfig | undefined> {
  const file = line.configFile ?? (process.env[CONFIG_FILE_VARIABLE] || undefined);
  try {
    return await loadConfig({ flags: line.flags, env: process.env, file });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    fail(`the configuration cannot be used\n${error.message}`);
    return undefined;
  }
}
