import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './app/app.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications, notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { makeQueryClient } from './api/query-client';
import { sessionQuery } from './api/session';
import { makeRouter } from './app/router';
import { theme, variables } from './app/theme';
import { loadTexts, t } from './i18n';
import { ConfirmProvider } from './parts/confirm';
import { detailOf, whatToDo } from './parts/error-view';

const queries = makeQueryClient(goToSignIn, showFailedChange);
const router = makeRouter(queries);

/** The session has ended while a page was open; the sign-in leads back to it. */
function goToSignIn() {
    // Without a session the routes lead there themselves.
    if (!queries.getQueryData(sessionQuery.queryKey)) return;
    queries.removeQueries({ queryKey: sessionQuery.queryKey });
    void router.navigate({ to: '/sign-in', search: { next: router.state.location.href } });
}

function showFailedChange(error: Error) {
    notifications.show({
        color: 'red',
        title: detailOf(error) || undefined,
        message: whatToDo(error),
        autoClose: 8000,
        closeButtonProps: { 'aria-label': t('parts.close') },
    });
}

/** What the screen behind the address is made of comes while the texts do. */
function fetchAhead() {
    const [routes] = router.getMatchedRoutes(router.latestLocation.pathname);
    for (const { id, options } of routes) {
        if (id === '/signed-in') void queries.prefetchQuery(sessionQuery);
        const { component } = options;
        if (component && 'preload' in component) void component.preload?.();
    }
}

/** For the ring around what has the focus: see app.css. */
function markKeys() {
    const mark = () => document.documentElement.setAttribute('data-keys', '');
    addEventListener('keydown', mark, { once: true, capture: true });
}

async function start() {
    markKeys();
    fetchAhead();
    await loadTexts();
    const root = document.getElementById('root');
    if (!root) return;
    createRoot(root).render(
        <MantineProvider
            theme={theme}
            cssVariablesResolver={variables}
            defaultColorScheme="auto"
            colorSchemeManager={localStorageColorSchemeManager({ key: 'weft-theme' })}
        >
            <QueryClientProvider client={queries}>
                <ConfirmProvider>
                    <RouterProvider router={router} />
                </ConfirmProvider>
                <Notifications position="bottom-right" />
            </QueryClientProvider>
        </MantineProvider>,
    );
}

void start();
