import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  completionStatus,
} from '@codemirror/autocomplete';
import {
  defaultKeymap,
  history,
  historyKeymap,
  insertNewlineAndIndent,
} from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { type Diagnostic, linter } from '@codemirror/lint';
import { Annotation, type Extension, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import type { QueryPosition } from '../api/client.ts';
import { editorTheme } from './editor-theme.ts';

/** What the server said about the text as it stood when it ran. */
export interface ServerError {
  readonly message: string;
  readonly position: QueryPosition | undefined;
}

export interface EditorHost {
  onChange(text: string): void;
  onRun(): void;
  serverError(): ServerError | undefined;
}

/** Marks a change that the page made, not the reader. */
export const fromPage = Annotation.define<boolean>();

/** What one query language brings to an editor; made once for the whole page. */
export interface EditorLanguage {
  readonly extension: Extension;
  readonly placeholder: string;
}

/** Marks the server's error from its position to the end of that word; without a position nothing is marked. */
function serverDiagnostics(view: EditorView, error: ServerError | undefined): Diagnostic[] {
  const document = view.state.doc;
  if (error?.position === undefined || error.position.line > document.lines) return [];
  const line = document.line(error.position.line);
  const from = Math.min(line.from + error.position.column - 1, line.to);
  const word = /^(\w+|.)/.exec(line.text.slice(from - line.from))?.[0] ?? '';
  return [{ from, to: from + word.length, severity: 'error', message: error.message }];
}

function runKeys(host: EditorHost): Extension {
  const run = () => {
    host.onRun();
    return true;
  };
  return Prec.highest(
    keymap.of([
      { key: 'Mod-Enter', run },
      { key: 'Shift-Enter', run: insertNewlineAndIndent },
      // Enter takes the completion while the list is open, and runs otherwise.
      { key: 'Enter', run: (view) => completionStatus(view.state) !== 'active' && run() },
      {
        key: 'Escape',
        run: (view) => {
          if (completionStatus(view.state) !== null) return false;
          view.contentDOM.blur();
          return true;
        },
      },
    ]),
  );
}

/** Everything that an editor of a query language is made of. */
export function editorExtensions(
  host: EditorHost,
  label: string,
  language: EditorLanguage,
): Extension {
  return [
    runKeys(host),
    history(),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ activateOnTypingDelay: 150 }),
    language.extension,
    linter((view) => serverDiagnostics(view, host.serverError())),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label }),
    placeholder(language.placeholder),
    EditorView.updateListener.of((update) => {
      const typed = update.transactions.some((one) => one.docChanged && !one.annotation(fromPage));
      if (typed) host.onChange(update.state.doc.toString());
    }),
    editorTheme,
  ];
}
