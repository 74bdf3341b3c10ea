const paths = {
  sun: 'M8 5.2A2.8 2.8 0 1 1 8 10.8 2.8 2.8 0 0 1 8 5.2M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  moon: 'M13.2 9.6A5.7 5.7 0 0 1 6.4 2.8 5.7 5.7 0 1 0 13.2 9.6Z',
  help: 'M6 6.1a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.6v.1M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8',
  copy: 'M5.5 5.5V3.2h7.3v7.3h-2.3M3.2 5.5h7.3v7.3H3.2z',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  close: 'M4 4l8 8M12 4l-8 8',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  play: 'M5 3.2v9.6L12.5 8z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  filter: 'M2 3.2h12L9.6 8.4v4.2l-3.2 1.2V8.4z',
  eye: 'M1.6 8S4 3.6 8 3.6 14.4 8 14.4 8 12 12.4 8 12.4 1.6 8 1.6 8ZM8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6',
  eyeOff:
    'M2.5 2.5l11 11M6.4 3.8A6.6 6.6 0 0 1 8 3.6c4 0 6.4 4.4 6.4 4.4a11 11 0 0 1-1.9 2.3M10.5 11.8a6 6 0 0 1-2.5.6C4 12.4 1.6 8 1.6 8a11 11 0 0 1 2.4-2.7',
  explore: 'M2 12.5l3.5-4.2 3 2.4L14 4M10.6 4H14v3.4',
  left: 'M9.8 3.5L5.3 8l4.5 4.5',
  right: 'M6.2 3.5L10.7 8l-4.5 4.5',
  down: 'M3.8 6.2L8 10.4l4.2-4.2',
  zoomOut: 'M7 2.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8M10.3 10.3l3.2 3.2M5 7h4',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.6L13 5.8M13 2.6v3.2H9.8',
  link: 'M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 0 0 9 3.3l-.8.8M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.8-.8',
  download: 'M8 2.5v7.6M4.8 7.2L8 10.3l3.2-3.1M2.8 13.2h10.4',
  clock: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M8 4.6V8l2.4 1.6',
} as const;

export type IconName = keyof typeof paths;

/** A 16 px line icon; always beside text or inside a labelled control, so hidden from readers. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="shrink-0"
    >
      <path d={paths[name]} />
    </svg>
  );
}
