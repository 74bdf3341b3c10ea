/** Runs load.ts in a process of its own, so that the load's work is not the server's. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface LoadResult {
  requests: number;
  failed: number;
  retries: number;
  tookMs: number;
}

export async function runLoad(
  path: string,
  url: string,
  connections: number,
  headers: Readonly<Record<string, string>>,
): Promise<LoadResult> {
  const script = fileURLToPath(new URL('./load.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=development',
    script,
    path,
    url,
    String(connections),
    JSON.stringify(headers),
  ]);
  return JSON.parse(stdout);
}
