/**
 * Signatures of the functions of PromQL, as of Prometheus 3.14 (promql/parser/functions.go).
 *
 * Experimental ones need no flag here; the mark is kept for documentation and completion.
 */
import type { ValueType } from './ast.ts';

export interface FunctionSignature {
  name: string;
  argTypes: readonly ValueType[];
  /**
   * 0: exactly `argTypes.length` arguments. n > 0: the last type may be left out or occur up to n times. -1: left out or
   * repeated without limit.
   */
  variadic: number;
  returnType: ValueType;
  experimental: boolean;
}

const table = new Map<string, FunctionSignature>();

function define(
  names: string,
  argTypes: readonly ValueType[],
  returnType: ValueType = 'vector',
  more: { variadic?: number; experimental?: boolean } = {},
): void {
  for (const name of names.split(' ')) {
    const { variadic = 0, experimental = false } = more;
    table.set(name, { name, argTypes, variadic, returnType, experimental });
  }
}

const experimental = true;

define(
  'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh sqrt tan tanh',
  ['vector'],
);
define('sort sort_desc timestamp', ['vector']);
define('histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar', ['vector']);
define(
  'absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time max_over_time',
  ['matrix'],
);
define(
  'min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time',
  ['matrix'],
);
define(
  'first_over_time mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time',
  ['matrix'],
  'vector',
  { experimental },
);
define(
  'days_in_month day_of_month day_of_week day_of_year hour minute month year',
  ['vector'],
  'vector',
  { variadic: 1 },
);
define('clamp', ['vector', 'scalar', 'scalar']);
define('clamp_max clamp_min', ['vector', 'scalar']);
define('double_exponential_smoothing', ['matrix', 'scalar', 'scalar'], 'vector', { experimental });
define('histogram_fraction', ['scalar', 'scalar', 'vector']);
define('histogram_quantile', ['scalar', 'vector']);
define('histogram_quantiles', ['vector', 'string', 'scalar', 'scalar'], 'vector', {
  variadic: 9,
  experimental,
});
define('info', ['vector', 'vector'], 'vector', { variadic: 1, experimental });
define('label_join', ['vector', 'string', 'string', 'string'], 'vector', { variadic: -1 });
define('label_replace', ['vector', 'string', 'string', 'string', 'string']);
define('predict_linear', ['matrix', 'scalar']);
define('quantile_over_time', ['scalar', 'matrix']);
define('round', ['vector', 'scalar'], 'vector', { variadic: 1 });
define('scalar', ['vector'], 'scalar');
define('sort_by_label sort_by_label_desc', ['vector', 'string'], 'vector', {
  variadic: -1,
  experimental,
});
define('start_timestamp', ['vector'], 'vector', { experimental });
define('pi time', [], 'scalar');
define('start end range step', [], 'scalar', { experimental });
define('max_of min_of', ['scalar', 'scalar'], 'scalar', { experimental });
define('vector', ['scalar']);

/** Every function by name. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = table;
