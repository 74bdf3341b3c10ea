/**
 * The copy of OpenTelemetry's API by which the agent registers what it provides.
 *
 * An application may have a copy of its own. All copies share one registration, which bears the version of the copy that made it, and a copy takes
 * none that is older than itself (by minor version): so the newer of the agent's copy and the application's has to register, or the spans of
 * the one that does not find it are lost without a word.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type Api = typeof import('@opentelemetry/api');

const NAME = '@opentelemetry/api';

/** The application's copy where it is newer than `own`; `directory` is where the application lies. */
export async function newestApi(own: Api, directory = process.cwd()): Promise<Api> {
  try {
    const path = createRequire(join(directory, 'package.json')).resolve(NAME);
    const [theirs, ours] = [path, fileURLToPath(import.meta.resolve(NAME))].map(versionAt);
    if (!isNewer(theirs, ours)) return own;
    const found: Api = await import(pathToFileURL(path).href);
    return found;
  } catch {
    // The application has none.
    return own;
  }
}

/** Of the package that a file belongs to; empty where there is no telling. */
function versionAt(file: string): string {
  for (let at = dirname(file); at !== dirname(at); at = dirname(at)) {
    try {
      const manifest: { name?: unknown; version?: unknown } = JSON.parse(
        readFileSync(join(at, 'package.json'), 'utf8'),
      );
      if (manifest.name === NAME) return String(manifest.version);
    } catch {
      // Further up.
    }
  }
  return '';
}

/** Of the same major version: others have a registration of their own. */
function isNewer(one = '', other = ''): boolean {
  const [major, minor = Number.NaN] = one.split('.').map(Number);
  const [otherMajor, otherMinor = Number.NaN] = other.split('.').map(Number);
  return major === otherMajor && minor > otherMinor;
}
