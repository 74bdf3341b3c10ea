import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Disclosure } from '../ui/disclosure.tsx';

interface PickerProps {
  readonly label: string;
  /** What the button says when nothing is chosen. */
  readonly all: string;
  readonly options: readonly string[];
  readonly chosen: readonly string[];
  readonly colors?: Readonly<Record<string, string>>;
  readonly onChoose: (chosen: readonly string[]) => void;
}

/** More are found by typing. */
const mostShown = 200;

/** Any number of names out of a list. */
export function Picker({ label, all, options, chosen, colors, onChoose }: PickerProps) {
  const [filter, setFilter] = useState('');
  const known = [...new Set([...chosen, ...options])];
  const found = known.filter((one) => one.toLowerCase().includes(filter.toLowerCase()));
  const text =
    chosen.length === 0 ? all : chosen.length <= 2 ? chosen.join(', ') : `${chosen.length} chosen`;
  const toggle = (one: string) =>
    onChoose(chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one]);
  return (
    <Disclosure label={label} text={text} icon="filter">
      {() => (
        <div className="flex w-64 max-w-full flex-col gap-1 p-2">
          {known.length > 8 ? (
            <input
              aria-label={`Find in ${label}`}
              placeholder="Find"
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
              className="h-7 rounded-md border border-line-strong bg-bg px-2 text-sm"
            />
          ) : null}
          <ul className="max-h-72 overflow-y-auto">
            {found.slice(0, mostShown).map((one) => (
              <li key={one}>
                <label className="flex h-7 cursor-pointer items-center gap-2 rounded-sm px-1.5 hover:bg-sunken">
                  <input
                    type="checkbox"
                    className="accent-(--accent)"
                    checked={chosen.includes(one)}
                    onChange={() => toggle(one)}
                  />
                  {colors === undefined ? null : (
                    <span className="size-2 shrink-0" style={{ background: colors[one] }} />
                  )}
                  <span className="truncate" title={one}>
                    {one}
                  </span>
                </label>
              </li>
            ))}
          </ul>
          {found.length > mostShown ? (
            <p className="px-1.5 text-ink-3 text-xs">
              {found.length - mostShown} more: type to find
            </p>
          ) : null}
          {known.length === 0 ? <p className="px-1.5 text-ink-3">None in this time</p> : null}
          {chosen.length > 0 ? (
            <Button look="quiet" className="self-start" onClick={() => onChoose([])}>
              {all}
            </Button>
          ) : null}
        </div>
      )}
    </Disclosure>
  );
}
