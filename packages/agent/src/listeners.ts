/** Whom the application wants to be told. A listener that throws hurts nobody. */
import type { AgentEvent } from './source.ts';
import type { ThresholdChange } from './tracking/thresholds.ts';
import type { ZoneChange } from './zones/zone-state.ts';

/** A source has begun to fail, or collects again. */
export interface SourceChange {
  readonly source: string;
  readonly state: 'failed' | 'recovered';
  readonly error: string;
}

export interface AgentEvents {
  readonly zone: ZoneChange;
  readonly threshold: ThresholdChange;
  /** What an optimization rule did, would have done, or what became of it. */
  readonly optimization: AgentEvent;
  readonly source: SourceChange;
}

type Listeners = { readonly [Name in keyof AgentEvents]: Set<(event: AgentEvents[Name]) => void> };

export class AgentListeners {
  readonly #listeners: Listeners = {
    zone: new Set(),
    threshold: new Set(),
    optimization: new Set(),
    source: new Set(),
  };

  /** The function returned takes it back. Throws a TypeError for an event that there is not, or a listener that is none. */
  on<Name extends keyof AgentEvents>(
    name: Name,
    listener: (event: AgentEvents[Name]) => void,
  ): () => void {
    if (!Object.hasOwn(this.#listeners, name)) {
      const known = Object.keys(this.#listeners).join(', ');
      throw new TypeError(`there is no event ${String(name)}; there are ${known}`);
    }
    if (typeof listener !== 'function') {
      throw new TypeError(`a listener of ${name} is a function`);
    }
    const set = this.#listeners[name];
    set.add(listener);
    return () => {
      set.delete(listener);
    };
  }

  tell<Name extends keyof AgentEvents>(name: Name, event: AgentEvents[Name]): void {
    for (const listener of this.#listeners[name]) {
      try {
        listener(event);
      } catch {
        // The application's own; it is not to hurt what it listens to.
      }
    }
  }
}
