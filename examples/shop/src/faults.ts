/** Faults that can be switched on and off while the shop runs: `POST /faults/NAME/on` (GET does, too, for a browser). */
import type { FastifyInstance } from 'fastify';

export const FAULTS = {
  'n-plus-one': 'GET /categories/:id asks for every product on its own',
  'missing-index': 'GET /orders scans all 200,000 orders: the index on their email is gone',
  'slow-endpoint': 'GET /recommendations waits for a second and a half',
  'memory-leak': 'every product page keeps 64 KB for ever (up to 200 MB)',
  'cache-misses': 'product pages are cached under a key that is never asked for again',
} as const;

export type Fault = keyof typeof FAULTS;

type Change = (on: boolean) => void | Promise<void>;

export class Faults {
  readonly #on = new Set<Fault>();
  readonly #changes = new Map<Fault, Change>();

  isOn(fault: Fault): boolean {
    return this.#on.has(fault);
  }

  /** What is to be done when a fault is switched. */
  onChange(fault: Fault, change: Change): void {
    this.#changes.set(fault, change);
  }

  async set(fault: Fault, on: boolean): Promise<void> {
    if (this.isOn(fault) === on) return;
    await this.#changes.get(fault)?.(on);
    if (on) this.#on.add(fault);
    else this.#on.delete(fault);
  }

  list(): { name: string; on: boolean; what: string }[] {
    return Object.entries(FAULTS).map(([name, what]) => ({
      name,
      on: isFault(name) && this.isOn(name),
      what,
    }));
  }
}

function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name);
}

export function faultRoutes(app: FastifyInstance, faults: Faults): void {
  app.get('/faults', () => faults.list());
  app.route<{ Params: { name: string; state: string } }>({
    method: ['GET', 'POST'],
    url: '/faults/:name/:state',
    handler: async (request, reply) => {
      const { name, state } = request.params;
      if (!isFault(name) || (state !== 'on' && state !== 'off')) {
        const error = `say /faults/NAME/on or /faults/NAME/off, NAME one of ${Object.keys(FAULTS).join(', ')}`;
        return reply.code(404).send({ error });
      }
      await faults.set(name, state === 'on');
      return faults.list();
    },
  });
}
