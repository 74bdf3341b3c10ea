/** Programs from Debian's packages: found where they are, installed where they are missing. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Package of each program that the tests use. */
const PACKAGES = {
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  'victoria-metrics': 'victoria-metrics',
  chromium: 'chromium',
  postgres: 'postgresql',
  'redis-server': 'redis-server',
  openssl: 'openssl',
  mariadbd: 'mariadb-server',
} as const;

export type Program = keyof typeof PACKAGES;

/** Path of a program; `TEST_<PROGRAM>` in the environment names another. Throws when it cannot be had. */
export function program(name: Program): string {
  const override = process.env[`TEST_${name.toUpperCase().replaceAll('-', '_')}`];
  if (override !== undefined) return override;
  waitForInstallations();
  const found = onPath(name);
  if (found !== null) return found;
  install(PACKAGES[name]);
  const installed = onPath(name);
  if (installed === null)
    throw new Error(`${name}: package ${PACKAGES[name]} is installed but has no such program`);
  return installed;
}

/** Debian keeps the programs of each major version of PostgreSQL in a directory of their own, off the path. */
const POSTGRES_VERSIONS = '/usr/lib/postgresql';

function directories(): string[] {
  const path = (process.env.PATH ?? '').split(':');
  try {
    const versions = readdirSync(POSTGRES_VERSIONS).sort((a, b) => Number(b) - Number(a));
    return [...path, ...versions.map((version) => join(POSTGRES_VERSIONS, version, 'bin'))];
  } catch {
    return path;
  }
}

function onPath(name: string): string | null {
  for (const dir of directories()) {
    const path = join(dir, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory.
    }
  }
  return null;
}

/**
 * Of test files that run at once one installs, and the others wait: apt-get does not wait for the lock of its lists, and a program is there
 * before the libraries that it needs. The system frees the lock of a process that dies.
 */
const LOCK = join(tmpdir(), `sightline-packages-${process.getuid?.() ?? ''}.lock`);

function waitForInstallations(): void {
  try {
    execFileSync('flock', ['-s', LOCK, 'true'], { stdio: 'ignore' });
  } catch {
    // Without flock there is no apt-get either.
  }
}

/** Services that a package would start are kept from it. */
function install(name: string): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const get = 'apt-get -o DPkg::Lock::Timeout=300 -qq';
  const script = `${get} update && ${get} install -y --no-install-recommends "$0"`;
  try {
    execFileSync('flock', ['-x', LOCK, 'sh', '-c', script, name], {
      env,
      stdio: ['ignore', 2, 2],
    });
  } catch (error) {
    throw new Error(
      `cannot install Debian's package ${name}; install it by hand or set TEST_* to the program`,
      {
        cause: error,
      },
    );
  }
}
