const MAX_TEXT = 120;

/** `name{label="value",...}` for an explanation, cut short. `pairs` are names and values in turn. */
export function seriesText(pairs: readonly string[]): string {
  let name = '';
  let labels = '';
  for (let i = 0; i + 1 < pairs.length && labels.length < MAX_TEXT; i += 2) {
    if (pairs[i] === '__name__') name = pairs[i + 1] ?? '';
    else {
      labels += `${labels === '' ? '' : ','}${pairs[i]}=${JSON.stringify(pairs[i + 1] ?? '')}`;
    }
  }
  const text = labels === '' && name !== '' ? name : `${name}{${labels}}`;
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
