import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Brand } from './brand.tsx';
import { SignedOutDialog } from './signed-out-dialog.tsx';
import { chooseTheme } from './theme.ts';
import { useShortcuts } from './use-shortcuts.ts';
import { useSignedOut } from './use-signed-out.ts';
import { useTheme } from './use-theme.ts';

// Not part of a first look at the page.
const HelpDialog = lazy(() =>
  import('./help-dialog.tsx').then((module) => ({ default: module.HelpDialog })),
);

const tab =
  'relative flex h-12 shrink-0 scroll-mr-6 items-center px-2 sm:px-3 text-ink-2 hover:text-ink aria-[current=page]:text-ink aria-[current=page]:after:absolute aria-[current=page]:after:inset-x-3 aria-[current=page]:after:bottom-0 aria-[current=page]:after:h-0.5 aria-[current=page]:after:bg-accent';

const destinations = [
  ['/search', 'Search'],
  ['/explore', 'Explore'],
  ['/logs', 'Logs'],
  ['/traces', 'Traces'],
  ['/services', 'Services'],
] as const;

/** The frame around every page: mark, pages, theme and help. */
export function Shell() {
  const theme = useTheme();
  const signedOut = useSignedOut();
  const [helpOpen, setHelpOpen] = useState(false);
  useShortcuts(() => setHelpOpen(true));
  const pages = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a narrow screen the pages do not fit: the one that is shown must be among those in sight.
  useEffect(() => {
    if (pathname !== '')
      pages.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [pathname]);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <div className="flex min-h-dvh flex-col bg-bg">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-20 focus:bg-surface focus:p-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-10 flex h-12 items-center gap-2 border-line border-b bg-bg px-4 md:px-6">
        <Link to="/" aria-label="Sightline, overview" className="mr-2 md:mr-4">
          <Brand />
        </Link>
        <nav
          ref={pages}
          aria-label="Pages"
          className="flex min-w-0 overflow-x-auto [scrollbar-width:none] max-sm:pr-5 max-sm:[mask-image:linear-gradient(to_left,transparent,#000_1.5rem)]"
        >
          <Link to="/" className={tab} activeOptions={{ exact: true, includeSearch: false }}>
            Overview
          </Link>
          {destinations.map(([to, name]) => (
            <Link key={to} to={to} className={tab} activeOptions={{ includeSearch: false }}>
              {name}
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex items-center gap-1">
          <Button
            look="quiet"
            icon
            aria-label={`Use the ${other} theme`}
            title={`Use the ${other} theme (t)`}
            onClick={() => chooseTheme(other)}
          >
            <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
          </Button>
          <Button
            look="quiet"
            icon
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
            onClick={() => setHelpOpen(true)}
          >
            <Icon name="help" />
          </Button>
        </div>
      </header>
      <main id="main" className="flex-1 px-4 pt-2 pb-10 md:px-6">
        <Outlet />
      </main>
      <Suspense>{helpOpen ? <HelpDialog onClose={() => setHelpOpen(false)} /> : null}</Suspense>
      {signedOut ? <SignedOutDialog /> : null}
    </div>
  );
}
