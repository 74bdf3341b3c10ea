import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { fetchLabels, fetchLabelValues } from '../api/loki.ts';
import { Editor } from '../editor/editor.tsx';
import type { EditorLanguage, ServerError } from '../editor/editor-extensions.ts';
import type { Interval } from '../time/range.ts';
import { logqlCompletion } from './logql-complete.ts';
import { logqlLanguage } from './logql-language.ts';
import { minutesOf } from './use-labels.ts';

interface LogqlEditorProps {
  readonly text: string;
  readonly error: ServerError | undefined;
  readonly interval: Interval;
  readonly fieldNames: () => readonly string[];
  readonly autoFocus: boolean;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

/** The editor of LogQL. */
export function LogqlEditor({ interval, fieldNames, ...rest }: LogqlEditorProps) {
  const client = useQueryClient();
  const latest = useRef({ interval, fieldNames });
  latest.current = { interval, fieldNames };
  const language = useMemo((): EditorLanguage => {
    const signal = new AbortController().signal;
    const known = <T,>(key: readonly string[], ask: () => Promise<T>) =>
      client.fetchQuery({ queryKey: ['logs-names', ...key], queryFn: ask, staleTime: 60_000 });
    const source = logqlCompletion(() => {
      const span = minutesOf(latest.current.interval);
      return {
        labels: () => known(['', span.startNs], () => fetchLabels(span, signal)),
        values: (label) =>
          known([label, span.startNs], () => fetchLabelValues(label, span, signal)),
        fields: () => latest.current.fieldNames(),
      };
    });
    return {
      extension: [logqlLanguage, logqlLanguage.data.of({ autocomplete: source })],
      placeholder: 'LogQL, such as {service_name="checkout"} |= "timeout" | json | status >= 500',
    };
  }, [client]);
  return <Editor label="LogQL" language={language} {...rest} />;
}
