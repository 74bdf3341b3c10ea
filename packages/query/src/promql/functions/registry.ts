/** All functions by name, one map for each shape of implementation. */
import { elementwiseFunctions } from './elementwise.ts';
import { histogramFunctions } from './histograms.ts';
import { infoFunctions } from './info.ts';
import { labelFunctions } from './labels.ts';
import { overTimeFunctions } from './over-time.ts';
import { rateFunctions } from './rate.ts';
import { regressionFunctions } from './regression.ts';
import { scalarFunctions as scalars, sourceFunctions } from './sources.ts';
import type { RangeFunction, ScalarFunction, VectorFunction } from './types.ts';

export const vectorFunctions: ReadonlyMap<string, VectorFunction> = new Map(
  Object.entries({
    ...elementwiseFunctions,
    ...histogramFunctions,
    ...infoFunctions,
    ...labelFunctions,
    ...sourceFunctions,
  }),
);

export const rangeFunctions: ReadonlyMap<string, RangeFunction> = new Map(
  Object.entries({ ...overTimeFunctions, ...rateFunctions, ...regressionFunctions }),
);

export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
  Object.entries(scalars),
);
