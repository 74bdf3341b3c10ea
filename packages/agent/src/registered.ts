/**
 * The agent that `register` has started, so that one that the application starts itself takes its place. It is kept with the process
 * because `register` and the application may have loaded this package twice.
 */
const KEY = Symbol.for('sightline.agent.registered');

interface Stoppable {
  stop(): Promise<void>;
}

export function keepRegistered(agent: Stoppable): void {
  Object.defineProperty(globalThis, KEY, { value: agent, configurable: true });
}

/** Stops the registered agent when there is one. */
export async function replaceRegistered(): Promise<void> {
  const agent: unknown = Object.getOwnPropertyDescriptor(globalThis, KEY)?.value;
  if (typeof agent !== 'object' || agent === null || !('stop' in agent)) return;
  Reflect.deleteProperty(globalThis, KEY);
  if (typeof agent.stop === 'function') await agent.stop();
}
