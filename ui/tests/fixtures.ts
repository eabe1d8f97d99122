import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { owner, type Server, startServer } from './start.ts';

export { expect };

/** `server`: one for all tests of a worker. `page`: a browser that knows nobody. `signed_in`: the owner's. */
export const test = base.extend<{ signed_in: Page }, { server: Server }>({
    server: [
        // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are wanted
        async ({}, use) => {
            const server = await startServer();
            await use(server);
            await server.stop();
        },
        { scope: 'worker' },
    ],
    baseURL: ({ server }, use) => use(server.base),
    signed_in: async ({ page }, use) => {
        const { email, password } = owner;
        const answer = await page.request.post('/auth/login', { data: { email, password } });
        expect(answer.ok()).toBe(true);
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
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
        violations.map(
            ({ id, nodes }) =>
                `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
        ),
    ).toEqual([]);
}
