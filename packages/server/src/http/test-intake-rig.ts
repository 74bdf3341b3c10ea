/** For tests: an app without routes beside an intake into a store in memory. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { Intake } from '../intake/intake.ts';
import type { IntakeLimits } from '../intake/limits.ts';
import { RecordIntake } from '../intake/record-intake.ts';
import { MemoryStore } from '../intake/test-store.ts';
import { createLog } from '../log.ts';
import { buildApp } from './app.ts';
import { BodyBudget } from './body.ts';

/** The time of the intake, Unix ms. */
export const NOW = 1_760_000_000_000;

export interface IntakeRig {
  app: FastifyInstance;
  store: MemoryStore;
  intake: Intake;
  records: RecordIntake;
}

const intakes: Intake[] = [];
after(async () => {
  for (const intake of intakes) await intake.close();
});

/** Ended with the tests of the file; an error in the log fails the test. */
export function intakeRig(limits: Partial<IntakeLimits>, maxBodyBytes: number): IntakeRig {
  const store = new MemoryStore();
  const intake = new Intake({ store, limits, now: () => NOW });
  intakes.push(intake);
  const app = buildApp({
    log: createLog('error', (line) => assert.fail(line)),
    token: undefined,
    allowedHosts: () => [],
    maxBodyBytes,
    bodyBudget: new BodyBudget(50_000_000),
    pageFolder: '/nowhere',
  });
  return { app, store, intake, records: new RecordIntake(intake, store) };
}
