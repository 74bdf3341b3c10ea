/** What `--help` prints. */
import { describeDefault } from '../config/docs.ts';
import { type Setting, settings } from '../config/keys.ts';
import { COMMANDS, type Command } from './commands.ts';

/** Flags that most people need; the rest stands in the help of `serve`. */
const COMMON = ['http', 'otlp_http', 'otlp_grpc', 'data', 'token', 'retention.metrics'];
const WIDTH = 96;

/** Of one command, or the overview. */
export function helpFor(command: Command | undefined): string {
  if (command === undefined || command.name === 'serve') return overview();
  const flags = command.takesSettings
    ? '\nTakes the flags of the server: see sightline --help\n'
    : '';
  return `sightline ${command.name}: ${command.summary.toLowerCase()}\n\n${wrap(command.details, 0)}\n${flags}
Flags:
  --json       Print JSON
  -h, --help   Print this
`;
}

/** Of commands that begin with the same word: `config`. */
export function helpForGroup(name: string, commands: readonly Command[]): string {
  return `Usage:
${commands.map((c) => `  sightline ${c.name} [flags]`).join('\n')}

Commands:
${commands.map((c) => `  ${c.name.padEnd(18)}${c.summary}`).join('\n')}

More about one: sightline ${name} COMMAND --help
`;
}

function overview(): string {
  const common = settings.filter((setting) => COMMON.includes(setting.key));
  const others = settings.filter((s) => !COMMON.includes(s.key) && !s.fileOnly);
  const column = Math.max(...others.map((one) => one.flag.length)) + 4;
  return `Sightline: self-hosted observability in one process

Usage:
  sightline [serve] [flags]
${COMMANDS.filter((c) => c.name !== 'serve')
  .map((c) => `  sightline ${c.name} [flags]`)
  .join('\n')}

Commands:
${COMMANDS.map((c) => `  ${c.name.padEnd(18)}${c.summary}`).join('\n')}

Common flags:
${common.map(describeFlag).join('\n')}
  --config FILE
      YAML file of settings (SIGHTLINE_CONFIG).
  --json
      JSON output of config and version.
  -h, --help    Print this
  -V, --version Print the version

Further flags (every flag is also a variable, --query-workers is SIGHTLINE_QUERY_WORKERS, and a key of the
file; docs/configuration.md has the details):
${others.map((one) => shortFlag(one, column)).join('\n')}

Examples:
  sightline                                       page at http://127.0.0.1:4300, data in ./data
  sightline --data /var/lib/sightline --retention-metrics 30d
  SIGHTLINE_TOKEN=secret sightline --http 0.0.0.0:4300
  sightline config validate --config sightline.yaml
`;
}

function describeFlag(setting: Setting): string {
  const fallback = setting.fallback === undefined ? '' : ` Default ${plainDefault(setting)}.`;
  return `  ${setting.flag} ${placeholder(setting)}\n${wrap(setting.description + fallback, 6)}`;
}

/** `column`: where the default begins. */
function shortFlag(setting: Setting, column: number): string {
  return `${`  ${setting.flag}`.padEnd(column)}${plainDefault(setting)}`;
}

function plainDefault(setting: Setting): string {
  return describeDefault(setting).replaceAll('`', '');
}

function placeholder(setting: Setting): string {
  if (setting.allowed.startsWith('HOST:PORT')) {
    return setting.allowed.endsWith('off') ? 'HOST:PORT|off' : 'HOST:PORT';
  }
  if (setting.key === 'data') return 'DIR';
  return setting.key === 'token' ? 'TOKEN' : 'DURATION|forever';
}

function wrap(text: string, indent: number): string {
  const margin = ' '.repeat(indent);
  const lines: string[] = [];
  let line = margin;
  for (const word of text.replaceAll('`', '').split(' ')) {
    if (line.length + word.length + 1 > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = margin;
    }
    line += `${word} `;
  }
  lines.push(line.trimEnd());
  return lines.join('\n');
}
