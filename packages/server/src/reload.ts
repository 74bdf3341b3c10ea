/** SIGHUP: what can be changed while the process runs is taken over, the rest is named. */
import { settings } from './config/keys.ts';
import type { LoadedConfig } from './config/load.ts';
import type { Log } from './log.ts';

/** Keys whose values differ, by whether a running process can take them over. */
export interface ConfigChange {
  taken: string[];
  needsRestart: string[];
}

export function changeBetween(before: LoadedConfig, after: LoadedConfig): ConfigChange {
  const change: ConfigChange = { taken: [], needsRestart: [] };
  for (const { key, reloadable } of settings) {
    const old = JSON.stringify(before.origins.get(key)?.value);
    if (old === JSON.stringify(after.origins.get(key)?.value)) continue;
    (reloadable ? change.taken : change.needsRestart).push(key);
  }
  return change;
}

export function logChange(change: ConfigChange, log: Log): void {
  const { taken, needsRestart } = change;
  log.info(`configuration reloaded; changed: ${taken.length === 0 ? 'nothing' : taken.join(', ')}`);
  if (needsRestart.length > 0) {
    log.warn(`changed, but taken over by a restart only: ${needsRestart.join(', ')}`);
  }
}
