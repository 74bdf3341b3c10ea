/** Temporary directories of a test, deleted when it is done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

const made = new Set<string>();
process.on('exit', () => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

export function temporaryDirectory(name = 'test'): string {
  const path = mkdtempSync(join(tmpdir(), `sightline-${name}-`));
  made.add(path);
  return path;
}
