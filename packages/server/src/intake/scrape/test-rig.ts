/** For tests of scraping: a target that can be told what to answer, a manager that scrapes it, a store that tells what came of it. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { after } from 'node:test';
import { temporaryDirectory } from '../../../../../test/harness/directory.ts';
import { until } from '../../../../../test/harness/process.ts';
import { parseScrapeSections } from '../../config/scrape.ts';
import { Intake } from '../intake.ts';
import { MemoryStore } from '../test-store.ts';
import { ScrapeManager } from './manager.ts';

/** Long enough that a loaded machine answers in time. */
const STEP = '250ms';

/** A target that can be told what to answer. */
export class Target {
  text = 'a 1\n';
  status = 200;
  contentType: string | undefined = 'text/plain; version=0.0.4';
  hangs = false;
  readonly requests: IncomingMessage[] = [];
  answer: ((response: ServerResponse) => void) | undefined;
  address = '';
  readonly #server = createServer((request, response) => {
    this.requests.push(request);
    if (this.hangs) return;
    if (this.contentType !== undefined) response.setHeader('content-type', this.contentType);
    if (this.answer !== undefined) return this.answer(response);
    response.statusCode = this.status;
    response.end(this.text);
  });

  static async start(): Promise<Target> {
    const target = new Target();
    await new Promise<void>((resolve) => target.#server.listen(0, '127.0.0.1', resolve));
    const address = target.#server.address();
    assert.ok(typeof address === 'object' && address !== null);
    target.address = `127.0.0.1:${address.port}`;
    return target;
  }

  get last(): IncomingMessage {
    const last = this.requests.at(-1);
    assert.ok(last);
    return last;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

export interface Rig {
  target: Target;
  store: MemoryStore;
  intake: Intake;
  manager: ScrapeManager;
  warnings: string[];
  /** Labels that every series of the target has. */
  own: string;
  apply(...jobs: Record<string, unknown>[]): Promise<void>;
  scrapes(count?: number): Promise<void>;
}

export const folder = temporaryDirectory('scrape');
export const cleanups: (() => Promise<void> | void)[] = [];
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

export async function rig(): Promise<Rig> {
  const target = await Target.start();
  const store = new MemoryStore();
  const intake = new Intake({ store });
  const warnings: string[] = [];
  const manager = new ScrapeManager({
    intake,
    version: '9.9.9',
    warn: (message) => warnings.push(message),
  });
  cleanups.push(async () => {
    await manager.close();
    target.stop();
  });
  return {
    target,
    store,
    intake,
    manager,
    warnings,
    own: `instance="${target.address}",job="j"`,
    apply: async (...jobs) => {
      const sections = jobs.map((job) => ({
        job_name: 'j',
        scrape_interval: STEP,
        static_configs: [{ targets: [target.address] }],
        ...job,
      }));
      const { configs, problems } = parseScrapeSections(null, sections);
      assert.deepEqual(problems, []);
      await manager.apply(configs, folder);
    },
    scrapes: async (count = 1) => {
      const ups = () => store.rows.filter(({ series }) => series.startsWith('up{')).length;
      const wanted = ups() + count;
      await until(`${count} more scrapes`, () => ups() >= wanted);
    },
  };
}
