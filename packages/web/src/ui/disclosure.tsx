import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

interface DisclosureProps {
  readonly label: string;
  readonly text: string;
  readonly icon: IconName;
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a panel below itself; Esc, a click elsewhere or moving the focus away closes it. */
export function Disclosure({ label, text, icon, children }: DisclosureProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [shift, setShift] = useState(0);
  // Keeps the panel within the window.
  useLayoutEffect(() => {
    const right = open ? panel.current?.getBoundingClientRect().right : undefined;
    const over = (right ?? 0) - document.documentElement.clientWidth + 16;
    if (over > 0) setShift((before) => before - over);
  }, [open]);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && box.current?.contains(event.target) === false)
        setOpen(false);
    };
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    document.addEventListener('keydown', closeOnEscape);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      document.removeEventListener('keydown', closeOnEscape);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div ref={box} className="relative min-w-0">
      <Button
        ref={button}
        aria-expanded={open}
        aria-label={`${label}: ${text}`}
        onClick={() => setOpen(!open)}
        className="max-w-full"
      >
        <Icon name={icon} />
        <span className="truncate">{text}</span>
        <Icon name="down" />
      </Button>
      {open ? (
        <div
          ref={panel}
          role="dialog"
          style={{ marginLeft: shift }}
          aria-label={label}
          className="absolute top-full left-0 z-20 mt-1 w-max max-w-[calc(100vw-32px)] rounded-lg border border-line-strong bg-surface shadow-(--shadow)"
        >
          {children(close)}
        </div>
      ) : null}
    </div>
  );
}
