/**
 * The search form and its TraceQL. The text is what is asked and what a link holds; the form is a way to write it. A text that
 * the form could have written is read back into it, any other leaves the form empty and is asked as it stands.
 */
export interface SearchForm {
  readonly service: string;
  readonly operation: string;
  /** `key=value` parts with spaces between them; values with spaces in quotes. Operators: = != > >= < <= =~ !~ */
  readonly tags: string;
  /** Durations of the whole trace, or empty. */
  readonly min: string;
  readonly max: string;
  readonly errors: boolean;
}

export const emptyForm: SearchForm = {
  service: '',
  operation: '',
  tags: '',
  min: '',
  max: '',
  errors: false,
};

interface Tag {
  readonly key: string;
  readonly operator: string;
  /** As TraceQL writes it. */
  readonly value: string;
}

const operator = '=~|!~|!=|>=|<=|=|>|<';
const quoted = '"(?:[^"\\\\]|\\\\.)*"';
const tagPart = new RegExp(`^\\s*([^\\s=!<>"~]+)(${operator})(${quoted}|[^\\s"]+)(?=\\s|$)`);

/** Splits the tags; undefined when the text is not of that shape. */
export function parseTags(text: string): readonly Tag[] | undefined {
  const tags: Tag[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const found = tagPart.exec(rest);
    if (found === null) return undefined;
    const [whole, key = '', sign = '', value = ''] = found;
    tags.push({ key, operator: sign, value: valueText(value, sign) });
    rest = rest.slice(whole.length).trim();
  }
  return tags;
}

/** Numbers, durations and booleans stand bare, everything else is a string. */
function valueText(text: string, sign: string): string {
  if (text.startsWith('"')) return text;
  const isBare =
    !sign.includes('~') && /^(-?\d+(\.\d+)?|true|false|\d+(\.\d+)?(ns|us|µs|ms|s|m|h))$/.test(text);
  return isBare ? text : JSON.stringify(text);
}

/** A key with its scope: `span.`, `resource.` and others stay, a bare one may be either. */
function attribute(key: string): string {
  const scoped = /^(span|resource|event|link|instrumentation|parent)\.(.+)$/s.exec(key);
  const [scope, name] = scoped ? [scoped[1] ?? '', scoped[2] ?? ''] : ['', key];
  return `${scope}.${quoteName(name)}`;
}

/** The name of an attribute, in quotes where it needs them; TraceQL knows these two escapes only. */
export function quoteName(name: string): string {
  if (/^[A-Za-z_][\w.\-/]*$/.test(name)) return name;
  return `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
}

function keyOf(written: string): string {
  const bare = written.startsWith('.') ? written.slice(1) : written;
  return bare.replace(/"((?:[^"\\]|\\.)*)"$/, '$1');
}

/** The conditions that tags stand for; none where they cannot be read. */
export function tagConditions(text: string): readonly string[] {
  return (parseTags(text) ?? []).map((tag) => `${attribute(tag.key)} ${tag.operator} ${tag.value}`);
}

/** Writes the form as TraceQL. Parts that cannot be read (a duration of words) are left out; `formProblem` names them. */
export function queryFromForm(form: SearchForm): string {
  const parts: string[] = [];
  if (form.service !== '') parts.push(`resource.service.name = ${JSON.stringify(form.service)}`);
  if (form.operation !== '') parts.push(`name = ${JSON.stringify(form.operation)}`);
  if (form.errors) parts.push('status = error');
  parts.push(...tagConditions(form.tags));
  if (isDuration(form.min)) parts.push(`traceDuration >= ${form.min.trim()}`);
  if (isDuration(form.max)) parts.push(`traceDuration <= ${form.max.trim()}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(' && ')} }`;
}

/** One unit, as TraceQL writes durations. */
function isDuration(text: string): boolean {
  return /^\d+(\.\d+)?(ns|us|µs|ms|s|m|h)$/.test(text.trim());
}

/** What in the form cannot be read, in words; undefined when everything can. */
export function formProblem(form: SearchForm): string | undefined {
  if (parseTags(form.tags) === undefined)
    return 'Tags are key=value with spaces between them, values with spaces in double quotes.';
  for (const text of [form.min, form.max]) {
    if (text.trim() !== '' && !isDuration(text))
      return `"${text}" is not a duration. Try 250ms or 1.5s.`;
  }
  return undefined;
}

const condition = new RegExp(
  `^\\s*([A-Za-z_.][\\w.\\-/]*(?:${quoted})?)\\s*(${operator})\\s*(${quoted}|[^\\s"&|{}()]+)\\s*(&&|$)`,
);

/** Reads TraceQL back into the form; undefined when the form could not have written it. */
export function formFromQuery(query: string): SearchForm | undefined {
  const body = /^\s*\{([\s\S]*)\}\s*$/.exec(query)?.[1]?.trim();
  if (query.trim() === '' || body === '') return emptyForm;
  if (body === undefined) return undefined;
  const form = { ...emptyForm };
  const tags: string[] = [];
  for (let rest = body; rest !== ''; ) {
    const found = condition.exec(rest);
    if (found === null) return undefined;
    const [whole, left = '', sign = '', right = '', more = ''] = found;
    if (!take(form, tags, left, sign, right)) return undefined;
    rest = rest.slice(whole.length);
    if (more !== '' && rest.trim() === '') return undefined;
  }
  form.tags = tags.join(' ');
  return form;
}

interface DraftForm {
  service: string;
  operation: string;
  min: string;
  max: string;
  errors: boolean;
}

function take(form: DraftForm, tags: string[], left: string, sign: string, right: string): boolean {
  const text = right.startsWith('"') ? unquoted(right) : undefined;
  if (left === 'resource.service.name' && sign === '=' && text && form.service === '')
    form.service = text;
  else if (left === 'name' && sign === '=' && text && form.operation === '') form.operation = text;
  else if (left === 'status' && sign === '=' && right === 'error') form.errors = true;
  else if (left === 'traceDuration' && sign === '>=' && isDuration(right)) form.min = right;
  else if (left === 'traceDuration' && sign === '<=' && isDuration(right)) form.max = right;
  else if (left.includes('.')) {
    const tag = `${keyOf(left)}${sign}${right}`;
    if (parseTags(tag)?.length !== 1) return false;
    tags.push(tag);
  } else return false;
  return true;
}

function unquoted(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A query for the spans that have this value of an attribute. */
export function attributeQuery(scope: 'span' | 'resource', key: string, value: unknown): string {
  const text =
    typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
  return `{ ${attribute(`${scope}.${key}`)} = ${text} }`;
}
