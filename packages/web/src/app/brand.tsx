/** The mark: an open sight on a thin line. */
export function Brand() {
  return (
    <span className="flex items-center gap-2">
      <svg
        viewBox="0 0 34 16"
        width="34"
        height="16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        aria-hidden="true"
        className="text-accent"
      >
        <path d="M0 8h11M23 8h11" />
        <circle cx="17" cy="8" r="4.6" />
        <circle cx="17" cy="8" r="1.4" fill="currentColor" stroke="none" />
      </svg>
      <span className="font-semibold text-base text-ink tracking-tight max-md:sr-only">
        Sightline
      </span>
    </span>
  );
}
