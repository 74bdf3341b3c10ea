/**
 * When the launcher (bin/sightline.js) runs us as a child, the channel to it breaks when it is gone, however it went: then we end
 * as on SIGTERM, so that no process is left behind.
 */
import { LAUNCHER_VARIABLE } from '../config/load.ts';

export function endWithLauncher(): void {
  if (process.env[LAUNCHER_VARIABLE] === undefined || process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}
