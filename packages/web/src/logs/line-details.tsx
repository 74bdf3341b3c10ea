import { memo, useState } from 'react';
import type { LogLine } from '../api/loki.ts';
import { Button } from '../ui/button.tsx';
import { copyText } from '../ui/copy.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Icon } from '../ui/icon.tsx';
import { type Field, fieldsOf, spanIdOf, traceIdOf } from './fields.ts';
import type { LineActions } from './line-actions.ts';
import { exactTime, lineJson, readableLine } from './line-text.ts';
import { Marked } from './marked.tsx';
import { type FieldSource, filterState } from './query-edit.ts';
import { Small } from './small-button.tsx';
import { TraceLink } from './trace-link.tsx';

interface LineDetailsProps {
  readonly line: LogLine;
  readonly actions: LineActions;
}

const groups: readonly { readonly title: string; readonly sources: readonly FieldSource[] }[] = [
  { title: 'Stream labels', sources: ['stream'] },
  { title: 'Structured metadata', sources: ['metadata'] },
  { title: 'Found in the line', sources: ['json', 'logfmt'] },
];

/** Everything that a line has, and what can be done with it. */
export const LineDetails = memo(function LineDetails({ line, actions }: LineDetailsProps) {
  const fields = fieldsOf(line);
  const traceId = traceIdOf(line);
  return (
    <div
      data-details=""
      className="cursor-auto border-line border-b bg-surface py-2 pr-3 pl-3 sm:pl-6"
    >
      <div className="flex flex-wrap items-center gap-1.5">
        {traceId === undefined ? null : (
          <TraceLink
            traceId={traceId}
            spanId={spanIdOf(line)}
            className="inline-flex h-7 items-center gap-1.5 rounded-md border border-accent bg-accent px-2.5 text-on-accent text-sm hover:opacity-90"
          >
            <Icon name="right" />
            Open its trace
          </TraceLink>
        )}
        <Button onClick={() => actions.onAround(line)}>Lines around it</Button>
        <CopyButton label="Copy line" text={line.line} />
        <CopyButton label="Copy JSON" text={lineJson(line)} />
        <CopyButton label="Copy link" text={actions.linkOf(line)} />
        <span className="ml-auto text-ink-3 text-xs">{exactTime(line.ns)}</span>
      </div>
      <pre className="mt-2 max-h-96 overflow-auto whitespace-pre-wrap wrap-anywhere bg-sunken p-2 text-xs leading-5">
        <Marked text={readableLine(line.line)} pattern={actions.pattern} />
      </pre>
      {groups.map(({ title, sources }) => {
        const own = fields.filter(({ source }) => sources.includes(source));
        return own.length === 0 ? null : (
          <section key={title} aria-label={title} className="mt-2">
            <h3 className="text-ink-3 text-xs">{title}</h3>
            <ul>
              {own.map((field) => (
                <FieldRow key={field.name} field={field} actions={actions} />
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
});

function FieldRow({ field, actions }: { readonly field: Field; readonly actions: LineActions }) {
  const [copied, setCopied] = useState(false);
  const { name, value } = field;
  const state = actions.query === undefined ? undefined : filterState(actions.query, name, value);
  const isColumn = actions.columns.includes(name);
  const canFilter = actions.query !== undefined;
  return (
    <li className="group flex items-start gap-x-2 border-line border-b py-px font-mono text-xs leading-6 last:border-b-0 hover:bg-sunken max-sm:flex-wrap">
      <span className="flex shrink-0">
        <Small
          icon="plus"
          label={`Only lines with this ${name}`}
          pressed={state === '='}
          disabled={!canFilter}
          onClick={() => actions.onFilter({ ...field, op: '=' })}
        />
        <Small
          icon="minus"
          label={`No lines with this ${name}`}
          pressed={state === '!='}
          disabled={!canFilter}
          onClick={() => actions.onFilter({ ...field, op: '!=' })}
        />
        <Small
          icon="eye"
          label={isColumn ? `Hide the column ${name}` : `Show ${name} as a column`}
          pressed={isColumn}
          onClick={() => actions.onColumn(name)}
        />
        <Small
          icon={copied ? 'check' : 'copy'}
          label={`Copy the value of ${name}`}
          onClick={() => copyText(value).then(setCopied)}
        />
      </span>
      <span className="w-52 shrink-0 break-all text-ink-2 max-sm:w-auto max-sm:flex-1">{name}</span>
      <button
        type="button"
        disabled={!canFilter}
        title={state === '=' ? 'Remove this filter' : 'Only lines with this value'}
        onClick={() => actions.onFilter({ ...field, op: '=' })}
        className="min-w-0 whitespace-pre-wrap break-all text-left hover:text-accent hover:underline disabled:no-underline max-sm:basis-full"
      >
        {value === '' ? '""' : value}
      </button>
    </li>
  );
}
