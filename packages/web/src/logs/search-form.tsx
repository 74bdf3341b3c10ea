import { type FormEvent, useState } from 'react';
import type { Interval } from '../time/range.ts';
import { Chip } from '../ui/chip.tsx';
import { levelColors, levelNames } from './levels.ts';
import { Picker } from './picker.tsx';
import { buildPlain, type PlainSearch, plainOf } from './plain-search.ts';
import { type LogQuery, type Matcher, printQuery, printStage, type Stage } from './query-text.ts';
import { useLabelValues } from './use-labels.ts';

interface SearchFormProps {
  readonly parts: LogQuery;
  readonly interval: Interval;
  readonly onQuery: (query: LogQuery) => void;
  readonly onRun: () => void;
}

/** Words, services, levels, and what else the query has as chips. The LogQL that it makes stands below. */
export function SearchForm({ parts, interval, onQuery, onRun }: SearchFormProps) {
  const plain = plainOf(parts);
  // What is typed belongs to the words that it began from: another query brings its own.
  const [held, setHeld] = useState({ from: plain.text, text: plain.text });
  const text = held.from === plain.text ? held.text : plain.text;
  const services = useLabelValues('service_name', interval);
  const change = (one: Partial<PlainSearch>) => onQuery(buildPlain({ ...plain, text, ...one }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === plain.text) onRun();
    else change({});
  };
  const written = printQuery(buildPlain({ ...plain, text }));
  return (
    <div className="min-w-0 flex-1 max-sm:basis-full">
      <form onSubmit={submit} className="flex flex-wrap items-center gap-2">
        <input
          type="search"
          aria-label="Words in the line"
          data-search=""
          value={text}
          onChange={(event) => setHeld({ from: plain.text, text: event.target.value })}
          spellCheck={false}
          placeholder='Words in the line:  timeout "connection refused" -healthcheck'
          className="h-7 min-w-40 flex-1 basis-64 rounded-md border border-line-strong bg-surface px-2 text-sm placeholder:text-ink-3 focus:border-accent"
        />
        <Picker
          label="Service"
          all="All services"
          options={services.values}
          chosen={plain.services}
          onChoose={(chosen) => change({ services: chosen })}
        />
        <Picker
          label="Level"
          all="All levels"
          options={levelNames}
          chosen={plain.levels}
          colors={levelColors}
          onChoose={(chosen) => change({ levels: chosen })}
        />
      </form>
      <div className="mt-1 flex min-h-6 flex-wrap items-center gap-1">
        {plain.otherMatchers.map((matcher, index) => (
          <Chip
            key={chipText(matcher)}
            text={chipText(matcher)}
            onRemove={() => change({ otherMatchers: plain.otherMatchers.toSpliced(index, 1) })}
          />
        ))}
        {plain.otherStages.map((stage, index) => (
          <Chip
            key={stageText(stage)}
            text={stageText(stage)}
            onRemove={() => change({ otherStages: plain.otherStages.toSpliced(index, 1) })}
          />
        ))}
        <code
          title="The LogQL that this search stands for"
          className="min-w-0 break-all text-ink-3 text-xs"
        >
          {written}
        </code>
      </div>
    </div>
  );
}

function chipText({ name, op, value }: Matcher): string {
  const sign = { '=': '=', '!=': '≠', '=~': '~', '!~': '≁' }[op];
  return `${name} ${sign} ${value === '' ? '""' : value}`;
}

function stageText(stage: Stage): string {
  return stage.kind === 'label' ? chipText(stage) : printStage(stage);
}
