import { readableError } from '../api/client.ts';
import { Editor } from '../editor/editor.tsx';
import type { ServerError } from '../editor/editor-extensions.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { promql } from './promql.ts';
import type { QueryRow } from './state.ts';

export interface QueryNotes {
  readonly error: ServerError | undefined;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

interface QueryRowProps {
  readonly query: QueryRow;
  readonly draft: string;
  readonly notes: QueryNotes;
  readonly removable: boolean;
  readonly autoFocus: boolean;
  readonly onDraft: (text: string) => void;
  readonly onRun: () => void;
  readonly onHide: () => void;
  readonly onDuplicate: () => void;
  readonly onRemove: () => void;
}

/** One query: its letter, its editor, what can be done with it, and what the server said about it. */
export function QueryRowView(props: QueryRowProps) {
  const { query, draft, notes } = props;
  const letter = query.id.toUpperCase();
  return (
    <div className={query.hidden ? 'opacity-60' : ''}>
      <div className="flex items-start gap-1.5">
        <span aria-hidden="true" className="w-5 pt-1.5 text-center font-semibold text-ink-2">
          {letter}
        </span>
        <Editor
          language={promql}
          label={`Query ${letter}`}
          text={draft}
          error={notes.error}
          autoFocus={props.autoFocus}
          onChange={props.onDraft}
          onRun={props.onRun}
        />
        <div className="flex pt-0.5">
          <RowButton
            label={`${query.hidden ? 'Show' : 'Hide'} query ${letter}`}
            icon={query.hidden ? 'eyeOff' : 'eye'}
            onClick={props.onHide}
          />
          <RowButton label={`Duplicate query ${letter}`} icon="copy" onClick={props.onDuplicate} />
          {props.removable ? (
            <RowButton label={`Remove query ${letter}`} icon="close" onClick={props.onRemove} />
          ) : null}
        </div>
      </div>
      <Notes notes={notes} />
    </div>
  );
}

function RowButton(props: {
  readonly label: string;
  readonly icon: 'eye' | 'eyeOff' | 'copy' | 'close';
  readonly onClick: () => void;
}) {
  return (
    <Button look="quiet" icon aria-label={props.label} title={props.label} onClick={props.onClick}>
      <Icon name={props.icon} />
    </Button>
  );
}

function Notes({ notes }: { readonly notes: QueryNotes }) {
  const { error, warnings, infos } = notes;
  if (error === undefined && warnings.length === 0 && infos.length === 0) return null;
  const at = error?.position;
  return (
    <ul className="mt-1 mb-1 ml-[26px] flex flex-col gap-0.5 text-xs">
      {error === undefined ? null : (
        <li role="alert" className="break-words text-bad">
          {at === undefined ? '' : `Line ${at.line}, column ${at.column}: `}
          {readableError(error.message)}
        </li>
      )}
      {warnings.map((warning) => (
        <li key={warning} className="break-words text-warn">
          {warning}
        </li>
      ))}
      {infos.map((info) => (
        <li key={info} className="break-words text-ink-2">
          {info}
        </li>
      ))}
    </ul>
  );
}
