import { lazy, Suspense, useState } from 'react';
import { readableError } from '../api/client.ts';
import type { ServerError } from '../editor/editor-extensions.ts';
import type { Interval } from '../time/range.ts';
import { Segmented } from '../ui/segmented.tsx';
import type { LogQuery } from './query-text.ts';
import { SearchForm } from './search-form.tsx';
import type { LogsState } from './state.ts';

// The editor is a download of its own: a plain search needs none.
const LogqlEditor = lazy(() =>
  import('./logql-editor.tsx').then((module) => ({ default: module.LogqlEditor })),
);

interface QueryBarProps {
  readonly state: LogsState;
  /** The query taken apart; undefined when only the editor can show it. */
  readonly parts: LogQuery | undefined;
  readonly interval: Interval;
  readonly error: ServerError | undefined;
  readonly draft: string;
  /** Names of the fields of the loaded lines. */
  readonly fieldNames: () => readonly string[];
  readonly onDraft: (text: string) => void;
  readonly onMode: (mode: LogsState['mode']) => void;
  readonly onQuery: (query: LogQuery) => void;
  readonly onRun: () => void;
}

const modes = [
  { value: 'search', label: 'Search' },
  { value: 'logql', label: 'LogQL' },
] as const;

/** The query, as words and pickers or as LogQL. */
export function QueryBar(props: QueryBarProps) {
  const { state, parts, error, draft } = props;
  const [autoFocus, setAutoFocus] = useState(false);
  const isSearch = state.mode === 'search' && parts !== undefined;
  return (
    <div>
      <div className="flex items-start gap-2 max-sm:flex-wrap">
        <Segmented
          label="How to ask"
          name="logs-mode"
          options={modes}
          value={isSearch ? 'search' : 'logql'}
          onChange={(mode) => {
            setAutoFocus(true);
            props.onMode(mode);
          }}
        />
        {isSearch ? (
          <SearchForm
            parts={parts}
            interval={props.interval}
            onQuery={props.onQuery}
            onRun={props.onRun}
          />
        ) : (
          <div className="flex min-w-0 flex-1 max-sm:basis-full">
            <Suspense fallback={<div className="skeleton h-8 flex-1" />}>
              <LogqlEditor
                text={draft}
                error={error}
                interval={props.interval}
                fieldNames={props.fieldNames}
                autoFocus={autoFocus}
                onChange={props.onDraft}
                onRun={props.onRun}
              />
            </Suspense>
          </div>
        )}
      </div>
      {error === undefined ? null : (
        <p role="alert" className="mt-1 break-words text-bad text-xs">
          {error.position === undefined
            ? ''
            : `Line ${error.position.line}, column ${error.position.column}: `}
          {readableError(error.message)}
        </p>
      )}
      {isSearch || parts !== undefined || state.mode === 'logql' ? null : (
        <p className="mt-1 text-ink-3 text-xs">
          This query says more than words can; it is edited as LogQL.
        </p>
      )}
    </div>
  );
}
