import { AxeBuilder } from '@axe-core/playwright';
import { type APIRequestContext, test as base, expect, type Page } from '@playwright/test';
import { owner, type Server, startServer } from './start.ts';

export { expect };

type Session = Awaited<ReturnType<APIRequestContext['storageState']>>['cookies'];

/** As the owner, in a session of its own: that of `signed_in` is shared by all tests and must not end. */
export async function signIn(request: APIRequestContext) {
    const { email, password } = owner;
    const answer = await request.post('/auth/login', { data: { email, password } });
    expect(answer.ok()).toBe(true);
}

/** `server`: one for all tests of a worker. `page`: a browser that knows nobody. `signed_in`: the owner's. */
export const test = base.extend<{ signed_in: Page }, { server: Server; session: Session }>({
    server: [
        // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are wanted
        async ({}, use) => {
            const server = await startServer();
            await use(server);
            await server.stop();
        },
        { scope: 'worker' },
    ],
    session: [
        async ({ server, playwright }, use) => {
            const request = await playwright.request.newContext({ baseURL: server.base });
            await signIn(request);
            await use((await request.storageState()).cookies);
            await request.dispose();
        },
        { scope: 'worker' },
    ],
    baseURL: ({ server }, use) => use(server.base),
    signed_in: async ({ page, session }, use) => {
        await page.context().addCookies(session);
        await use(page);
    },
    // Whatever breaks the content security policy or throws fails the test in which it happens.
    page: async ({ page }, use) => {
        const complaints: string[] = [];
        page.on('pageerror', (error) => complaints.push(String(error)));
        page.on('console', (message) => {
            if (message.text().includes('Content Security Policy')) complaints.push(message.text());
        });
        await use(page);
        expect(complaints).toEqual([]);
    },
});

/** axe finds nothing on what is shown. */
export async function expectAccessible(page: Page) {
    // Half faded in, nothing has its contrast.
    await page.waitForFunction(() =>
        document
            .getAnimations()
            .every(
                ({ playState, effect }) =>
                    playState !== 'running' || effect?.getTiming().iterations === Number.POSITIVE_INFINITY,
            ),
    );
    // There are no frames: legacy mode spares a second page for each time.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(
        violations.map(
            ({ id, nodes }) =>
                `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
        ),
    ).toEqual([]);
}
