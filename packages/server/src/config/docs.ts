/** The page `docs/configuration.md`, made from the schema. */
import { type Setting, settings } from './keys.ts';
import { PRESET_NAMES, type SettingText } from './setting.ts';

const INTRODUCTION = `# Configuration

<!-- Made from packages/server/src/config/schema.ts by write-docs.ts beside it: do not edit. -->

Every setting can be given as a flag, as a variable of the environment, or in a YAML file (\`--config FILE\` or \`SIGHTLINE_CONFIG\`).
Flags win over variables, variables over the file, the file over the defaults. The key \`retention.metrics\` of the file

\`\`\`yaml
retention:
  metrics: 7d
\`\`\`

is the flag \`--retention-metrics 7d\` and the variable \`SIGHTLINE_RETENTION_METRICS=7d\`.

\`sightline config show\` prints what is in force and where each value comes from; \`sightline config validate\` only checks.
Unknown settings are errors. Settings marked *reload* are taken over on SIGHUP without a restart.
Where three defaults are given, they are those of the presets small, medium and large (setting \`preset\`).
`;

/** Markdown; ends with a line break. */
export function configurationPage(): string {
  const parts: string[] = [INTRODUCTION];
  let section = '';
  for (const setting of settings) {
    const here = setting.path.length > 1 ? (setting.path[0] ?? '') : 'General';
    if (here !== section && !(here === 'General' && section !== '')) parts.push(`## ${here}\n`);
    if (here === 'General' && section !== '' && section !== 'General') parts.push('## Scraping\n');
    section = here;
    parts.push(describe(setting));
  }
  return `${parts.join('\n').trimEnd()}\n`;
}

function describe(setting: Setting): string {
  const lines = [`### \`${setting.key}\`${setting.reloadable ? ' (reload)' : ''}`, ''];
  lines.push(setting.description, '');
  if (setting.fileOnly) lines.push('- only in the file');
  else lines.push(`- \`${setting.flag}\`, \`${setting.variable}\``);
  lines.push(`- allowed: ${setting.allowed}`, `- default: ${describeDefault(setting)}`, '');
  return lines.join('\n');
}

/** `7d`, `2 / 3 / 8 (small / medium / large)`, `none`. */
export function describeDefault(setting: Setting): string {
  const fallback = setting.fallback;
  if (fallback === undefined) return 'none';
  if (typeof fallback === 'object' && 'small' in fallback) {
    return PRESET_NAMES.map((name) => show(fallback[name])).join(' / ');
  }
  return show(fallback);
}

function show(value: SettingText): string {
  if (typeof value !== 'object') return `\`${value}\``;
  return value.length === 0 ? 'an empty list' : `\`${value.join(',')}\``;
}
