/** The settings of the schema as a flat list, with the names that flags and variables give them. */
import * as z from '../zod.ts';
import { configSchema } from './schema.ts';
import { type SettingInfo, settingInfo } from './setting.ts';

export interface Setting extends SettingInfo {
  /** As in the file, parts joined by a dot: `retention.metrics`. */
  key: string;
  path: readonly string[];
  /** `--retention-metrics` */
  flag: string;
  /** `SIGHTLINE_RETENTION_METRICS` */
  variable: string;
}

export const VARIABLE_PREFIX = 'SIGHTLINE_';

/** All settings in the order of the schema. */
export const settings: readonly Setting[] = collect(configSchema, []);

export const settingByKey: ReadonlyMap<string, Setting> = new Map(
  settings.map((setting) => [setting.key, setting]),
);

/** Keys of the file that hold further keys: `retention`, `limits`... */
export const sectionNames: ReadonlySet<string> = new Set(
  settings.flatMap((setting) => (setting.path.length > 1 ? setting.path.slice(0, 1) : [])),
);

function collect(schema: z.ZodObject, path: readonly string[]): Setting[] {
  return Object.entries(schema.shape).flatMap(([name, part]) => {
    const here = [...path, name];
    const info = settingInfo.get(part);
    if (info !== undefined) return [{ ...info, ...namesOf(here) }];
    if (part instanceof z.ZodObject) return collect(part, here);
    throw new Error(`setting ${here.join('.')} is not described`);
  });
}

function namesOf(path: readonly string[]) {
  const key = path.join('.');
  const words = key.replaceAll('.', '_');
  return {
    key,
    path,
    flag: `--${words.replaceAll('_', '-')}`,
    variable: VARIABLE_PREFIX + words.toUpperCase(),
  };
}
