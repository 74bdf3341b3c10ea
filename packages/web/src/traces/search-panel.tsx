import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import { ApiError, readableError } from '../api/client.ts';
import { fetchTagValues } from '../api/tempo.ts';
import { Editor } from '../editor/editor.tsx';
import type { Interval } from '../time/range.ts';
import { emptyForm, formProblem, queryFromForm } from './search-form.ts';
import { traceql } from './traceql.ts';
import { useFormDraft } from './use-form-draft.ts';
import type { TracesControl } from './use-traces-state.ts';

interface SearchPanelProps {
  readonly control: TracesControl;
  readonly interval: Interval | undefined;
  readonly error: Error | null;
  readonly onRun: () => void;
}

const field =
  'h-7 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 text-sm aria-invalid:border-bad';

/** The form, and the TraceQL that it writes. */
export function SearchPanel({ control, interval, error, onRun }: SearchPanelProps) {
  const { draft, setDraft } = control;
  const { form, byHand, change } = useFormDraft(draft, setDraft);
  const services = useValues('resource.service.name', '', interval);
  const operations = useValues(
    'name',
    form.service === '' ? '' : queryFromForm({ ...emptyForm, service: form.service }),
    interval,
  );
  const problem = formProblem(form);
  const submitted = (event: React.FormEvent) => {
    event.preventDefault();
    onRun();
  };
  return (
    <div className="flex flex-col gap-2 pb-2">
      <form
        aria-label="Search"
        onSubmit={submitted}
        className="grid grid-cols-2 gap-x-3 gap-y-2 md:grid-cols-[1fr_1fr_1.4fr_6rem_6rem_auto]"
      >
        <Choice
          label="Service"
          value={form.service}
          options={services}
          onChange={(service) => change({ service })}
        />
        <Choice
          label="Operation"
          value={form.operation}
          options={operations}
          onChange={(operation) => change({ operation })}
        />
        <Field label="Tags" className="col-span-2 md:col-span-1">
          {(id) => (
            <input
              id={id}
              value={form.tags}
              placeholder='http.status_code>=500 user="Ann B"'
              spellCheck={false}
              aria-invalid={problem?.startsWith('Tags') === true}
              onChange={(event) => change({ tags: event.target.value })}
              className={field}
            />
          )}
        </Field>
        <DurationField label="Longer than" value={form.min} onChange={(min) => change({ min })} />
        <DurationField label="Shorter than" value={form.max} onChange={(max) => change({ max })} />
        <label className="flex h-7 items-center gap-1.5 self-end whitespace-nowrap">
          <input
            type="checkbox"
            checked={form.errors}
            onChange={(event) => change({ errors: event.target.checked })}
            className="accent-(--accent)"
          />
          Errors only
        </label>
        {/* Enter in a field submits only where there is such a button. */}
        <button type="submit" hidden />
      </form>
      {problem === undefined ? null : (
        <p role="alert" className="text-bad text-xs">
          {problem}
        </p>
      )}
      <div className="flex items-start gap-2">
        <span className="pt-1.5 text-ink-3 text-xs" aria-hidden="true">
          TraceQL
        </span>
        <Editor
          language={traceql}
          label="TraceQL"
          text={draft}
          error={errorOf(error)}
          autoFocus={false}
          onChange={setDraft}
          onRun={onRun}
        />
      </div>
      {error === null ? null : <ErrorLine error={error} />}
      {byHand ? (
        <p className="text-ink-3 text-xs">
          This query says more than the form can; using the form begins a new one.
        </p>
      ) : null}
    </div>
  );
}

function errorOf(error: Error | null) {
  if (error === null) return undefined;
  return {
    message: error.message,
    position: error instanceof ApiError ? error.position : undefined,
  };
}

function ErrorLine({ error }: { readonly error: Error }) {
  const at = error instanceof ApiError ? error.position : undefined;
  return (
    <p role="alert" className="break-words text-bad text-xs">
      {at === undefined ? '' : `Line ${at.line}, column ${at.column}: `}
      {readableError(error.message)}
    </p>
  );
}

/** Most names offered; the reader types to see others. */
const maxOffered = 1000;

function useValues(tag: string, query: string, interval: Interval | undefined): readonly string[] {
  const minute = interval && {
    startS: Math.floor(interval.fromMs / 60_000) * 60,
    endS: Math.ceil(interval.toMs / 60_000) * 60,
  };
  const { data } = useQuery({
    queryKey: ['tag-values', tag, query, minute],
    queryFn: ({ signal }) =>
      minute === undefined ? [] : fetchTagValues(tag, query, minute, signal),
    enabled: minute !== undefined,
    staleTime: 60_000,
  });
  return [...new Set((data ?? []).map((one) => one.value))].sort().slice(0, maxOffered);
}

function Field(props: {
  readonly label: string;
  readonly className?: string;
  readonly children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className={`flex min-w-0 flex-col gap-0.5 ${props.className ?? ''}`}>
      <label htmlFor={id} className="text-ink-3 text-xs">
        {props.label}
      </label>
      {props.children(id)}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}

/** A text with what the server knows as suggestions. */
function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <Field label={label}>
      {(inputId) => (
        <>
          <input
            id={inputId}
            value={value}
            list={id}
            placeholder="any"
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
            className={field}
          />
          <datalist id={id}>
            {options.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

function DurationField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <Field label={props.label}>
      {(id) => (
        <input
          id={id}
          value={props.value}
          placeholder="250ms"
          spellCheck={false}
          title="Duration of the whole trace, such as 250ms or 1.5s"
          aria-invalid={formProblem({ ...emptyForm, min: props.value }) !== undefined}
          onChange={(event) => props.onChange(event.target.value)}
          className={field}
        />
      )}
    </Field>
  );
}
