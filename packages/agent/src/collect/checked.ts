/** Attributes, distributions and events as they came from somebody else's code, checked and copied. */
import type { AgentEvent, Attributes, AttributeValue, Distribution, Severity } from '../source.ts';

const MAX_ATTRIBUTES = 64;
const MAX_KEY = 255;
const MAX_VALUE = 4096;
const MAX_BOUNDS = 256;
const MAX_MESSAGE = 8192;

const SEVERITIES: ReadonlySet<string> = new Set(['info', 'warn', 'error']);

/** Why a value is not taken. */
export class Refusal extends Error {}

/** A copy with long texts cut; values of other types are left out, null and undefined mean absent. Throws a Refusal. */
export function checkedAttributes(place: string, attributes: unknown): Attributes {
  if (attributes === undefined || attributes === null) return {};
  if (typeof attributes !== 'object') throw new Refusal(`${place}: attributes are no object`);
  const checked: Record<string, AttributeValue> = {};
  const entries = Object.entries(attributes);
  if (entries.length > MAX_ATTRIBUTES) {
    throw new Refusal(`${place}: more than ${MAX_ATTRIBUTES} attributes`);
  }
  for (const [key, value] of entries) {
    if (key === '__proto__') throw new Refusal(`${place}: an attribute cannot be called __proto__`);
    if (key === '' || key.length > MAX_KEY) {
      throw new Refusal(
        `${place}: an attribute's key is empty or has more than ${MAX_KEY} characters`,
      );
    }
    if (typeof value === 'string') checked[key] = value.slice(0, MAX_VALUE);
    else if (typeof value === 'number' || typeof value === 'boolean') checked[key] = value;
  }
  return checked;
}

/** A copy. Throws a Refusal. */
export function checkedDistribution(place: string, distribution: unknown): Distribution {
  if (typeof distribution !== 'object' || distribution === null) {
    throw new Refusal(`${place}: a histogram without distribution`);
  }
  const bounds = 'bounds' in distribution ? numbersOf(distribution.bounds) : undefined;
  const buckets = 'buckets' in distribution ? numbersOf(distribution.buckets) : undefined;
  const sum = 'sum' in distribution ? distribution.sum : undefined;
  if (
    bounds === undefined ||
    !bounds.every((bound, i) => i === 0 || bound > (bounds[i - 1] ?? bound))
  ) {
    throw new Refusal(`${place}: bounds do not ascend or are more than ${MAX_BOUNDS}`);
  }
  if (buckets?.length !== bounds.length + 1 || !buckets.every((count) => count >= 0)) {
    throw new Refusal(`${place}: there must be one bucket more than bounds, none below zero`);
  }
  if (typeof sum !== 'number' || !Number.isFinite(sum)) {
    throw new Refusal(`${place}: the sum is not a finite number`);
  }
  return { bounds, buckets, sum };
}

function numbersOf(list: unknown): number[] | undefined {
  if (!Array.isArray(list) && !ArrayBuffer.isView(list)) return undefined;
  if (!('length' in list) || typeof list.length !== 'number' || list.length > MAX_BOUNDS + 1)
    return undefined;
  const numbers = Array.from<unknown>({ ...list, length: list.length });
  return numbers.every((value) => typeof value === 'number' && Number.isFinite(value))
    ? numbers.map(Number)
    : undefined;
}

/** A copy of an event. Throws a Refusal. */
export function checkedEvent(event: unknown): AgentEvent {
  if (typeof event !== 'object' || event === null) throw new Refusal('is no object');
  const name = 'name' in event ? event.name : undefined;
  if (typeof name !== 'string' || name === '' || name.length > MAX_KEY) {
    throw new Refusal('has no name, or one that is too long');
  }
  const severity = 'severity' in event ? event.severity : undefined;
  if (!isSeverity(severity)) throw new Refusal(`${name}: severity is not info, warn or error`);
  const message = 'message' in event ? event.message : undefined;
  if (typeof message !== 'string') throw new Refusal(`${name}: the message is no text`);
  const attributes = checkedAttributes(name, 'attributes' in event ? event.attributes : undefined);
  return { name, severity, message: message.slice(0, MAX_MESSAGE), attributes };
}

function isSeverity(severity: unknown): severity is Severity {
  return typeof severity === 'string' && SEVERITIES.has(severity);
}
