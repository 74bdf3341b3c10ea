import { Link } from '@tanstack/react-router';

/** For addresses that no page has. */
export function NotFound() {
  return (
    <div className="py-16 text-center">
      <h1 className="font-semibold text-lg">No page here</h1>
      <p className="mt-1 text-ink-2">
        Go to the{' '}
        <Link to="/" className="text-accent underline">
          Overview
        </Link>{' '}
        or to{' '}
        <Link to="/explore" className="text-accent underline">
          Explore
        </Link>
        .
      </p>
    </div>
  );
}
