import type { operations } from './schema.ts';

/** What an operation of our own API answers in JSON; never for those that answer otherwise. */
export type AnswerOf<T extends keyof operations> =
  operations[T]['responses'][200]['content'] extends { 'application/json': infer Answer }
    ? Answer
    : never;
