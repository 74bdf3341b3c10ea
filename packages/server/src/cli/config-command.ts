/** `sightline config show` and `config validate`. */
import type { CommandLine } from '../config/flags.ts';
import { ConfigError } from '../config/problem.ts';
import { configYaml, visibleOrigins } from '../config/show.ts';
import { loadFromCommandLine, readConfig, tellProblems } from './load-config.ts';
import { DONE, FAILED, printJson } from './output.ts';

export async function showConfig(line: CommandLine): Promise<number> {
  const loaded = await loadFromCommandLine(line);
  if (loaded === undefined) return FAILED;
  const { preset } = loaded;
  if (line.json) {
    const settings = [...visibleOrigins(loaded)].map(([key, origin]) => ({ key, ...origin }));
    printJson({ preset: { name: preset.name, reason: preset.reason }, settings });
    return DONE;
  }
  process.stdout.write(
    `# preset ${preset.name}: ${preset.reason}\n${await configYaml(loaded, true)}`,
  );
  return DONE;
}

export async function validateConfig(line: CommandLine): Promise<number> {
  try {
    await readConfig(line, true);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (line.json) printJson({ valid: false, problems: error.problems });
    else tellProblems(error);
    return FAILED;
  }
  if (line.json) printJson({ valid: true, problems: [] });
  else process.stderr.write('the configuration can be used\n');
  return DONE;
}
