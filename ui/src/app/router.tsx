// All routes. A screen is a folder in screens/ whose index.tsx has a default export; it is loaded when it is opened.
import type { QueryClient } from '@tanstack/react-query';
import {
    createRootRouteWithContext,
    createRoute,
    createRouter,
    lazyRouteComponent,
    Outlet,
    redirect,
} from '@tanstack/react-router';
import { ApiError } from '@/api/client';
import { flowQuery } from '@/api/flows';
import { sessionQuery } from '@/api/session';
import { filesSearch } from '@/screens/files/search';
import { inboxSearch } from '@/screens/inbox/search';
import { tableSearch } from '@/screens/table/search';
import { NotFound, RouteError } from './route-error';
import { historySearch, runSearch, runsSearch } from './run-search';
import { Shell } from './shell';

type Context = { queries: QueryClient };
type Next = { next?: string };

/** Only a path of this app: a link must not lead to another origin after the sign-in. */
const safeNext = (next: unknown): Next => ({
    // Said even if undefined: what is left out keeps the value in the address.
    next: typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : undefined,
});

const filter_names = ['project', 'who', 'what', 'object', 'model', 'operation', 'from', 'to'] as const;
type Filter = { [K in (typeof filter_names)[number]]?: string };

const filterIn = (search: Record<string, unknown>): Filter =>
    Object.fromEntries(filter_names.map((name) => [name, search[name] ? String(search[name]) : undefined]));

const root = createRootRouteWithContext<Context>()({ component: Outlet });

const sign_in = createRoute({
    getParentRoute: () => root,
    path: '/sign-in',
    validateSearch: (search: Record<string, unknown>): Next => safeNext(search.next),
    component: lazyRouteComponent(() => import('@/screens/sign-in')),
});
const welcome = createRoute({
    getParentRoute: () => root,
    path: '/welcome',
    component: lazyRouteComponent(() => import('@/screens/welcome')),
});
const join = createRoute({
    getParentRoute: () => root,
    path: '/join',
    component: lazyRouteComponent(() => import('@/screens/join')),
});
const reset = createRoute({
    getParentRoute: () => root,
    path: '/reset',
    component: lazyRouteComponent(() => import('@/screens/reset')),
});

/** Everything behind the sign-in. */
const signed_in = createRoute({
    getParentRoute: () => root,
    id: 'signed-in',
    component: Shell,
    beforeLoad: async ({ context, location }) => {
        try {
            await context.queries.ensureQueryData(sessionQuery);
        } catch (error) {
            if (!(error instanceof ApiError) || error.status !== 401) throw error;
            throw redirect({ to: '/sign-in', search: { next: location.href } });
        }
    },
});
const coworkers = createRoute({
    getParentRoute: () => signed_in,
    path: '/',
    component: lazyRouteComponent(() => import('@/screens/coworkers')),
});
const organization_settings_index = createRoute({
    getParentRoute: () => signed_in,
    path: '/settings',
    beforeLoad: () => {
        throw redirect({ to: '/settings/$section', params: { section: 'members' } });
    },
});
const organization_settings = createRoute({
    getParentRoute: () => signed_in,
    path: '/settings/$section',
    // What lists of it are filtered by.
    validateSearch: (search: Record<string, unknown>): Filter => filterIn(search),
    component: lazyRouteComponent(() => import('@/screens/organization-settings')),
});

const project = createRoute({ getParentRoute: () => signed_in, path: '/p/$project', component: Outlet });
const project_index = createRoute({
    getParentRoute: () => project,
    path: '/',
    beforeLoad: ({ params }) => {
        throw redirect({ to: '/p/$project/overview', params });
    },
});
const overview = createRoute({
    getParentRoute: () => project,
    path: '/overview',
    component: lazyRouteComponent(() => import('@/screens/overview')),
});
const flows = createRoute({
    getParentRoute: () => project,
    path: '/flows',
    validateSearch: (search: Record<string, unknown>): { q?: string } => ({
        q: typeof search.q === 'string' && search.q ? search.q : undefined,
    }),
    component: lazyRouteComponent(() => import('@/screens/flows')),
});
type FlowView = { agent?: string; panel?: 'flow'; drawer?: 'versions'; version?: number; view?: 'canvas' };
const flow = createRoute({
    getParentRoute: () => project,
    path: '/flows/$flow',
    validateSearch: ({ agent, panel, drawer, version, view }: Record<string, unknown>): FlowView => ({
        agent: typeof agent === 'string' ? agent : undefined,
        panel: panel === 'flow' ? panel : undefined,
        drawer: drawer === 'versions' ? drawer : undefined,
        version: typeof version === 'number' ? version : undefined,
        view: view === 'canvas' ? view : undefined,
    }),
    component: lazyRouteComponent(() => import('@/screens/flow')),
    // Not awaited: the screen shows that it waits.
    loader: ({ context, params }) => void context.queries.prefetchQuery(flowQuery(params.project, params.flow)),
});
const runs = createRoute({
    getParentRoute: () => project,
    path: '/runs',
    validateSearch: runsSearch,
    component: lazyRouteComponent(() => import('@/screens/runs')),
});
const run = createRoute({
    getParentRoute: () => project,
    path: '/runs/$task',
    validateSearch: runSearch,
    component: lazyRouteComponent(() => import('@/screens/run')),
});
const inbox = createRoute({
    getParentRoute: () => project,
    path: '/inbox',
    validateSearch: inboxSearch,
    component: lazyRouteComponent(() => import('@/screens/inbox')),
});
const inbox_item = createRoute({
    getParentRoute: () => inbox,
    path: '/$item',
    component: lazyRouteComponent(() => import('@/screens/inbox-item')),
});
const history = createRoute({
    getParentRoute: () => project,
    path: '/history',
    validateSearch: historySearch,
    component: lazyRouteComponent(() => import('@/screens/history')),
});
const tables = createRoute({
    getParentRoute: () => project,
    path: '/tables',
    component: lazyRouteComponent(() => import('@/screens/tables')),
});
const table = createRoute({
    getParentRoute: () => project,
    path: '/tables/$table',
    validateSearch: tableSearch,
    component: lazyRouteComponent(() => import('@/screens/table')),
});
const files = createRoute({
    getParentRoute: () => project,
    path: '/files',
    validateSearch: filesSearch,
    component: lazyRouteComponent(() => import('@/screens/files')),
});
const connectors = createRoute({
    getParentRoute: () => project,
    path: '/connectors',
    // Which one is open, or what is being added.
    validateSearch: (search: Record<string, unknown>): { connector?: string; add?: string } => ({
        connector: search.connector ? String(search.connector) : undefined,
        add: search.add ? String(search.add) : undefined,
    }),
    component: lazyRouteComponent(() => import('@/screens/connectors')),
});
const settings_index = createRoute({
    getParentRoute: () => project,
    path: '/settings',
    beforeLoad: ({ params }) => {
        throw redirect({ to: '/p/$project/settings/$section', params: { ...params, section: 'models' } });
    },
});
const settings = createRoute({
    getParentRoute: () => project,
    path: '/settings/$section',
    component: lazyRouteComponent(() => import('@/screens/settings')),
});

const tree = root.addChildren([
    sign_in,
    welcome,
    join,
    reset,
    signed_in.addChildren([
        coworkers,
        organization_settings_index,
        organization_settings,
        project.addChildren([
            project_index,
            overview,
            flows,
            flow,
            runs,
            run,
            inbox.addChildren([inbox_item]),
            history,
            tables,
            table,
            files,
            connectors,
            settings_index,
            settings,
        ]),
    ]),
]);

export function makeRouter(queries: QueryClient) {
    return createRouter({
        routeTree: tree,
        basepath: '/app',
        context: { queries },
        defaultPreload: 'intent',
        defaultNotFoundComponent: NotFound,
        defaultErrorComponent: RouteError,
        scrollRestoration: true,
    });
}

declare module '@tanstack/react-router' {
    interface Register {
        router: ReturnType<typeof makeRouter>;
    }
}
