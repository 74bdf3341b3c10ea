/** What the shop takes from its environment. */
export interface Settings {
  readonly port: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** How often the agent looks at the process, PostgreSQL and Redis, ms. */
  readonly sourceIntervalMs: number;
}

export function settings(env: NodeJS.ProcessEnv = process.env): Settings {
  return {
    port: Number(env.PORT ?? 4400),
    databaseUrl: env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
    redisUrl: env.REDIS_URL ?? 'redis://127.0.0.1:6379',
    sourceIntervalMs: Number(env.SOURCE_INTERVAL_MS ?? 15_000),
  };
}
