/** Whether something can be collected from, told where it is registered: there a mistake is easy to find. */
import { PRIORITIES } from '../source.ts';

const MAX_ID = 100;

/** Throws a TypeError that names what is wrong. */
export function checkSource(source: unknown): void {
  if (typeof source !== 'object' || source === null) throw new TypeError('a source is an object');
  const id = 'id' in source ? source.id : undefined;
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID) {
    throw new TypeError(`a source has an id of 1 to ${MAX_ID} characters`);
  }
  const fail = (what: string): never => {
    throw new TypeError(`source ${id}: ${what}`);
  };
  if (!('collect' in source) || typeof source.collect !== 'function') {
    fail('collect is not a function');
  }
  if (!('enabled' in source) || typeof source.enabled !== 'boolean') {
    fail('enabled is not true or false');
  }
  const priority = 'priority' in source ? source.priority : undefined;
  if (!PRIORITIES.some((known) => known === priority)) {
    fail(`priority is one of ${PRIORITIES.join(', ')}, not ${String(priority)}`);
  }
  const intervalMs = 'intervalMs' in source ? source.intervalMs : undefined;
  if (typeof intervalMs !== 'number' || !(intervalMs > 0)) {
    fail('intervalMs is not a number above 0');
  }
}
