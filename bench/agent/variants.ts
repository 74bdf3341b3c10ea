/** The ways in which the application of the bench is watched, and how it is started with each. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Running, startProcess } from '../../test/harness/process.ts';

export const VARIANTS = {
  none: 'no agent',
  ours: 'ours',
  'sdk-metrics': 'SDK, metrics',
  'ours-traces': 'ours + traces',
  sdk: 'SDK',
  'sdk-fastify': 'SDK + Fastify',
} as const;

export type Variant = keyof typeof VARIANTS;

export function isVariant(name: string): name is Variant {
  return Object.hasOwn(VARIANTS, name);
}

/** The SDK is installed with the first run. */
const RIG = fileURLToPath(new URL('.', import.meta.url));

function installRig(): void {
  if (existsSync(join(RIG, 'node_modules', '@opentelemetry', 'sdk-node'))) return;
  execFileSync('npm', ['install', '--ignore-scripts', '--no-package-lock', '--no-audit'], {
    cwd: RIG,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export interface App extends Running {
  readonly port: number;
}

/** The application under a variant, sending to the Sightline at `endpoint`. */
export async function startApp(variant: Variant, endpoint: string): Promise<App> {
  installRig();
  const env = {
    ...process.env,
    AGENT: variant,
    NODE_ENV: 'production',
    OTEL_SERVICE_NAME: `bench-${variant}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  };
  const running = await startProcess(process.execPath, ['app.cjs'], {
    cwd: RIG,
    env,
    ready: (app) => /^\d+\n/m.test(app.output()),
  });
  return { ...running, port: Number(/^(\d+)\n/m.exec(running.output())?.[1]) };
}
