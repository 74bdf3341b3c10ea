/**
 * What a source is given when it is collected. One for each source, used again while nobody has asked for its signal, so that a source
 * that does not wait costs no objects.
 */
import type { AgentEvent, CollectContext } from '../source.ts';

export class Context implements CollectContext {
  readonly #emit: (event: AgentEvent) => void;
  #controller: AbortController | undefined;
  #aborted = false;

  constructor(emit: (event: AgentEvent) => void) {
    this.#emit = emit;
  }

  /** Made when it is first asked for. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Whether a later collection may have this context, too. */
  get isFresh(): boolean {
    return this.#controller === undefined && !this.#aborted;
  }

  /** May be taken off and called by itself. */
  readonly emit = (event: AgentEvent): void => {
    if (!this.#aborted) this.#emit(event);
  };

  abort(reason: Error): void {
    this.#aborted = true;
    this.#controller?.abort(reason);
  }
}
