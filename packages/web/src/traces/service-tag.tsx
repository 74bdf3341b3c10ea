import { serviceColor } from '../chart/service-colors.ts';

/** A service's name behind its colour. */
export function ServiceTag({
  name,
  children,
}: {
  readonly name: string;
  readonly children?: React.ReactNode;
}) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5 whitespace-nowrap">
      <span
        aria-hidden="true"
        className="size-2 shrink-0 rounded-sm"
        style={{ background: serviceColor(name) }}
      />
      <span className="truncate">{name}</span>
      {children}
    </span>
  );
}
