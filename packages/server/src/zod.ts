/**
 * The parts of zod that we use; everybody imports it as `import * as z from '../zod.ts'`.
 *
 * The package loads its messages in fifty languages and much else: 9 MB of resident memory. The build (scripts/bundle.mjs) puts this
 * file and what it needs of the package into one, which takes 2 MB. The sources load the package itself.
 */

export type { core, input, output, ZodRawShape, ZodType } from 'zod';
export {
  array,
  boolean,
  enum,
  int,
  literal,
  NEVER,
  number,
  object,
  preprocess,
  record,
  registry,
  strictObject,
  string,
  toJSONSchema,
  union,
  unknown,
  ZodObject,
} from 'zod';
