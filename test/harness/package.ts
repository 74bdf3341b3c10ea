/** Programs from Debian's packages: found where they are, installed where they are missing. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
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

/** apt-get waits for its own lock, so two test files may ask at once. Services that a package would start are kept from it. */
function install(name: string): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = { env, stdio: ['ignore', 2, 2] as ['ignore', 2, 2] };
  const lock = ['-o', 'DPkg::Lock::Timeout=300'];
  try {
    execFileSync('apt-get', [...lock, 'update', '-qq'], options);
    execFileSync(
      'apt-get',
      [...lock, 'install', '-y', '-qq', '--no-install-recommends', name],
      options,
    );
  } catch (error) {
    throw new Error(
      `cannot install Debian's package ${name}; install it by hand or set TEST_* to the program`,
      {
        cause: error,
      },
    );
  }
}
