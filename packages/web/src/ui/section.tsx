import { type ReactNode, useId } from 'react';

interface SectionProps {
  readonly title: string;
  readonly id?: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page: its name on a hairline that runs to the edge, in the manner of a sight. */
export function Section({ title, id, aside, children }: SectionProps) {
  const titleId = useId();
  return (
    <section id={id} aria-labelledby={titleId} className="min-w-0">
      <div className="flex h-9 items-center gap-2 sm:gap-3">
        <h2 id={titleId} className="whitespace-nowrap font-semibold text-base">
          {title}
        </h2>
        <span aria-hidden="true" className="relative h-px min-w-0 flex-1 bg-line">
          <span className="absolute -top-[3px] left-0 size-[7px] rounded-full border border-line-strong bg-bg" />
        </span>
        {aside === undefined ? null : <div className="text-ink-3 text-xs">{aside}</div>}
      </div>
      {children}
    </section>
  );
}
