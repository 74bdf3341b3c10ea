import { forceLinting } from '@codemirror/lint';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import {
  type EditorLanguage,
  editorExtensions,
  fromPage,
  type ServerError,
} from './editor-extensions.ts';

interface EditorProps {
  readonly language: EditorLanguage;
  readonly label: string;
  readonly text: string;
  readonly error: ServerError | undefined;
  readonly autoFocus: boolean;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

/** An editor of a query language. The text is owned outside; what is typed is reported at once. */
export function Editor(props: EditorProps) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const { label, language, text, error } = props;

  // Dependencies on purpose: an editor lives as long as its row; text and error are passed on below.
  useEffect(() => {
    const parent = box.current;
    if (parent === null) return;
    const host = {
      onChange: (typed: string) => latest.current.onChange(typed),
      onRun: () => latest.current.onRun(),
      serverError: () => latest.current.error,
    };
    const made = new EditorView({
      doc: latest.current.text,
      parent,
      extensions: editorExtensions(host, label, language),
    });
    view.current = made;
    if (latest.current.autoFocus) made.focus();
    return () => {
      made.destroy();
      view.current = null;
    };
  }, [label, language]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === text) return;
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: text },
      annotations: fromPage.of(true),
    });
  }, [text]);

  // Dependencies on purpose: a new answer of the server is a new reason to look for marks.
  useEffect(() => {
    if (view.current !== null) forceLinting(view.current);
  }, [error]);

  return (
    <div
      ref={box}
      className="min-h-8 min-w-0 flex-1 rounded-md border border-line-strong bg-surface focus-within:border-accent focus-within:outline-1 focus-within:outline-accent"
    />
  );
}
