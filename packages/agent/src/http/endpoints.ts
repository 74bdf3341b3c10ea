/** The endpoints of an application: bounded in number, methods only those that are known. */
import { Endpoint, type EndpointSummary } from './endpoint.ts';
import type { HttpInstruments } from './instruments.ts';

/** Requests that no route takes. */
export const UNMATCHED = '(unmatched)';
const OTHER = '(other)';
const OTHER_METHOD = '_OTHER';
const MAX_TEMPLATE = 200;

const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'QUERY',
]);

export function knownMethod(method: string | undefined): string {
  return method !== undefined && METHODS.has(method) ? method : OTHER_METHOD;
}

export class Endpoints {
  readonly #max: number;
  readonly #instruments: HttpInstruments;
  readonly #byTemplate = new Map<string, Map<string, Endpoint>>();
  #size = 0;

  constructor(max: number, instruments: HttpInstruments) {
    this.#max = max;
    this.#instruments = instruments;
  }

  /** `method` is a known one. */
  of(method: string, template: string, nowMs: number): Endpoint {
    return this.#byTemplate.get(template)?.get(method) ?? this.#enter(method, template, nowMs);
  }

  list(nowMs: number): EndpointSummary[] {
    return [...this.#byTemplate.values()].flatMap((methods) =>
      [...methods.values()].map((endpoint) => endpoint.summary(nowMs)),
    );
  }

  #enter(method: string, template: string, nowMs: number): Endpoint {
    if (template.length > MAX_TEMPLATE)
      return this.of(method, template.slice(0, MAX_TEMPLATE), nowMs);
    // Room for (other) is always kept: there are few methods.
    if (this.#size >= this.#max && template !== OTHER) {
      this.#instruments.overflow.set(this.#instruments.overflow.value + 1);
      return this.of(method, OTHER, nowMs);
    }
    const methods = this.#byTemplate.get(template) ?? new Map<string, Endpoint>();
    const endpoint = new Endpoint(method, template, this.#instruments, nowMs);
    methods.set(method, endpoint);
    this.#byTemplate.set(template, methods);
    this.#size++;
    return endpoint;
  }
}
