/**
 * Methods of libraries' objects replaced by others, and put back.
 *
 * Invariant: an object is wrapped once, whoever asks again. Own properties hide the methods of the prototype, so that other objects of the
 * class stay as they are.
 */
export type Method = (...args: unknown[]) => unknown;

/** Of a wrapped object the own properties that were replaced; undefined where there was only the prototype's. */
const wrapped = new WeakMap<object, ReadonlyMap<string, PropertyDescriptor | undefined>>();

export function isWrapped(target: object): boolean {
  return wrapped.has(target);
}

function methodOf(target: object, name: string): Method | undefined {
  const found: unknown = Reflect.get(target, name);
  return typeof found === 'function' ? (...args) => Reflect.apply(found, target, args) : undefined;
}

/** Replaces the methods that there are; each replacement gets the one that it replaces, bound to the target. */
export function wrapMethods(
  target: object,
  replacements: Readonly<Record<string, (original: Method) => Method>>,
): void {
  if (wrapped.has(target)) return;
  const before = new Map<string, PropertyDescriptor | undefined>();
  for (const [name, replace] of Object.entries(replacements)) {
    const original = methodOf(target, name);
    if (original === undefined) continue;
    before.set(name, Object.getOwnPropertyDescriptor(target, name));
    const value = replace(original);
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
  wrapped.set(target, before);
}

/** Puts back what was replaced; false when nothing was. */
export function unwrapMethods(target: object): boolean {
  for (const [name, descriptor] of wrapped.get(target) ?? []) {
    if (descriptor === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, descriptor);
  }
  return wrapped.delete(target);
}

/** A property of something of which nothing is known. */
export function propertyOf(value: unknown, name: string | symbol): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function textOf(value: unknown, name: string): string | undefined {
  const found = propertyOf(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function numberOf(value: unknown, name: string): number | undefined {
  const found = propertyOf(value, name);
  return typeof found === 'number' ? found : undefined;
}
