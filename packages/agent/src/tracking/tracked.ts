/**
 * The decorator form of tracking: a standard (TC39, stage 3) decorator of methods, as TypeScript compiles them without
 * `experimentalDecorators`.
 */
interface Tracks {
  track<Result>(name: string, fn: () => Result): Result;
}

export type TrackedMethod = <This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
  context: ClassMethodDecoratorContext,
) => (this: This, ...args: Args) => Result;

/** Classes are decorated when modules load, which is before the agent is started: the tracker is looked up with each call. */
let current: Tracks | undefined;

/** Makes a tracker the one that `tracked` uses; undefined takes it away. */
export function useTracker(tracker: Tracks | undefined): void {
  current = tracker;
}

/** Tracks the calls of a method with the agent that runs, where one does; without a name, `Class.method`. */
export function tracked(name?: string): TrackedMethod {
  return trackedMethod(() => current, name);
}

export function trackedMethod(tracker: () => Tracks | undefined, name?: string): TrackedMethod {
  return (method, context) => {
    const own = String(context.name);
    return function (...args) {
      const now = tracker();
      if (now === undefined) return method.apply(this, args);
      return now.track(name ?? `${className(this)}.${own}`, () => method.apply(this, args));
    };
  };
}

/** Of the class whose method is called; of a static method the class is `this` itself. */
function className(self: unknown): string {
  if (typeof self === 'function') return self.name;
  const made = typeof self === 'object' && self !== null ? self.constructor : undefined;
  return typeof made === 'function' && made.name !== '' ? made.name : 'anonymous';
}
