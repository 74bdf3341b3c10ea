import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { TypedAttribute } from '../api/traces.ts';
import { copyText } from '../ui/copy.ts';
import { Icon } from '../ui/icon.tsx';
import { groupAttributes, plainValue } from './attribute-groups.ts';
import { attributeQuery } from './search-form.ts';

interface AttributesProps {
  readonly attributes: readonly TypedAttribute[];
  /** Where TraceQL finds them; undefined where it cannot. */
  readonly scope?: 'span' | 'resource';
  readonly filter?: string;
}

/** Senders may send thousands, and texts of megabytes: the page must stay usable. */
const maxAttributes = 400;
const maxText = 20_000;

/** Attributes by the first part of their names, with types; each leads to the traces that share it. */
export function Attributes({ attributes, scope, filter = '' }: AttributesProps) {
  const word = filter.trim().toLowerCase();
  const shown = attributes.filter(
    ({ name, value }) =>
      word === '' || name.toLowerCase().includes(word) || value.toLowerCase().includes(word),
  );
  if (shown.length === 0)
    return (
      <p className="py-1 text-ink-3 text-xs">{attributes.length === 0 ? 'None.' : 'None match.'}</p>
    );
  return (
    <dl className="text-xs">
      {groupAttributes(shown.slice(0, maxAttributes)).map((group) => (
        <div key={group.name} className="border-line border-b py-1 last:border-b-0">
          {group.members.map((attribute) => (
            <AttributeRow key={attribute.name} attribute={attribute} scope={scope} />
          ))}
        </div>
      ))}
      {shown.length > maxAttributes ? (
        <div className="py-1 text-ink-3">
          {shown.length - maxAttributes} more: filter them to see others.
        </div>
      ) : null}
    </dl>
  );
}

function AttributeRow({
  attribute,
  scope,
}: {
  readonly attribute: TypedAttribute;
  readonly scope: 'span' | 'resource' | undefined;
}) {
  const { name, type, value } = attribute;
  const [copied, setCopied] = useState(false);
  const searchable = scope !== undefined && type !== 'json' && type !== 'bytes';
  const action = 'rounded-sm p-0.5 text-ink-3 hover:bg-line hover:text-ink';
  return (
    <div className="group/row relative flex items-baseline gap-2 rounded-sm py-0.5 hover:bg-sunken">
      <dt className="w-[42%] shrink-0 break-words text-ink-2">
        {name}
        {type === 'string' ? null : <span className="ml-1.5 text-2xs text-ink-3">{type}</span>}
      </dt>
      <dd className="min-w-0 flex-1 whitespace-pre-wrap break-words font-mono">
        {shortened(type === 'json' ? prettyJson(value) : value)}
      </dd>
      <span className="absolute top-0 right-0 flex bg-sunken opacity-0 focus-within:opacity-100 group-hover/row:opacity-100">
        {searchable ? (
          <Link
            to="/traces"
            search={{ q: attributeQuery(scope, name, plainValue(attribute)) }}
            preload={false}
            title="Traces with this value"
            aria-label={`Traces with this ${name}`}
            className={action}
          >
            <Icon name="explore" />
          </Link>
        ) : null}
        <button
          type="button"
          className={action}
          title="Copy the value"
          aria-label={`Copy ${name}`}
          onBlur={() => setCopied(false)}
          onClick={() => copyText(value).then(setCopied)}
        >
          <Icon name={copied ? 'check' : 'copy'} />
        </button>
      </span>
    </div>
  );
}

/** JSON on lines of its own where it is longer than one. */
function prettyJson(text: string): string {
  if (text.length < 40) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}

function shortened(text: string): string {
  if (text.length <= maxText) return text;
  return `${text.slice(0, maxText)}… (${text.length - maxText} more characters; the copy has them)`;
}
