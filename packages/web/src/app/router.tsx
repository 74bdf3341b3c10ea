import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { OverviewPage } from '../overview/overview-page.tsx';
import { NotFound } from './not-found.tsx';
import { PageError } from './page-error.tsx';
import { parseSearch, stringifySearch, stringsOf } from './search.ts';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: stringsOf,
  component: OverviewPage,
});

const search = createRoute({
  getParentRoute: () => root,
  path: '/search',
  validateSearch: stringsOf,
  component: lazyRouteComponent(() => import('../search/search-page.tsx'), 'SearchPage'),
});

const explore = createRoute({
  getParentRoute: () => root,
  path: '/explore',
  validateSearch: stringsOf,
  component: lazyRouteComponent(() => import('../explore/explore-page.tsx'), 'ExplorePage'),
});

const logs = createRoute({
  getParentRoute: () => root,
  path: '/logs',
  validateSearch: stringsOf,
  component: lazyRouteComponent(() => import('../logs/logs-page.tsx'), 'LogsPage'),
});

const traces = createRoute({
  getParentRoute: () => root,
  path: '/traces',
  validateSearch: stringsOf,
  component: lazyRouteComponent(() => import('../traces/traces-page.tsx'), 'TracesPage'),
});

const trace = createRoute({
  getParentRoute: () => root,
  path: '/traces/$traceId',
  validateSearch: stringsOf,
  component: lazyRouteComponent(() => import('../traces/trace-page.tsx'), 'TracePage'),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: '/traces/compare',
  validateSearch: stringsOf,
  component: lazyRouteComponent(() => import('../traces/compare-page.tsx'), 'ComparePage'),
});

const services = createRoute({
  getParentRoute: () => root,
  path: '/services',
  validateSearch: stringsOf,
  component: lazyRouteComponent(() => import('../services/services-page.tsx'), 'ServicesPage'),
});

/** The pages. Explore brings the editor and comes as its own download. */
export const router = createRouter({
  routeTree: root.addChildren([overview, search, explore, logs, traces, trace, compare, services]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: PageError,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
