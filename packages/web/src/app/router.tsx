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

const explore = createRoute({
  getParentRoute: () => root,
  path: '/explore',
  validateSearch: stringsOf,
  component: lazyRouteComponent(() => import('../explore/explore-page.tsx'), 'ExplorePage'),
});

/** The pages. Explore brings the editor and comes as its own download. */
export const router = createRouter({
  routeTree: root.addChildren([overview, explore]),
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
