import { Dialog } from '../ui/dialog.tsx';

const shortcuts: readonly (readonly [keys: string, what: string])[] = [
  ['Ctrl Enter', 'Run the queries from anywhere (Cmd on a Mac)'],
  ['Enter', 'Run from the editor, or take the completion'],
  ['Shift Enter', 'A new line in the editor'],
  ['/', 'Go to the query'],
  ['g o', 'Overview'],
  ['g a', 'Search in everything'],
  ['g e', 'Explore'],
  ['g l', 'Logs'],
  ['g t', 'Traces'],
  ['g s', 'Services'],
  ['j k', 'Logs and Search: the next line, the one before'],
  ['Enter', 'Logs: all fields of the line, or none'],
  ['f', 'Logs: follow live, or end it'],
  ['← →', 'Trace: close and open what is below a span, or go up and down'],
  ['n e', 'Trace: the next span found, the next error; with Shift the one before'],
  ['+ - 0', 'Trace: zoom in, out, show all of it; Ctrl with the wheel zooms too'],
  ['z', 'Trace: zoom to the span'],
  ['f', 'Trace: waterfall or flame view'],
  ['t', 'Light or dark theme'],
  ['Esc', 'Leave the editor, close what is open, show all series'],
  ['?', 'This list'],
];

/** The keyboard shortcuts. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {shortcuts.map(([keys, what]) => (
          <div key={what} className="contents">
            <dt className="flex gap-1">
              {keys.split(' ').map((key) => (
                <kbd
                  key={key}
                  className="rounded-sm border border-line-strong bg-sunken px-1.5 text-xs"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-ink-2">{what}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-ink-3 text-xs">
        Drag across a chart to look into that time in Explore, or to zoom there. Click a series in
        the legend to show only that one.
      </p>
    </Dialog>
  );
}
