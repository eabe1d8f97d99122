import { defineConfig } from '@playwright/test';

const chromium = {
    browserName: 'chromium' as const,
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
    locale: 'en-GB',
};

/** What needs no browser is tried once. */
const no_browser = ['flow-model.spec.ts', 'schema.spec.ts'];

export default defineConfig({
    testDir: 'tests',
    workers: 1,
    // On a machine that others use, too.
    retries: process.env.CI ? 1 : 0,
    // A machine with other work takes its time.
    timeout: 45_000,
    expect: { timeout: 10_000 },
    reporter: 'list',
    use: { ...chromium, contextOptions: { reducedMotion: 'reduce' } },
    projects: [
        { name: 'plain', testMatch: no_browser },
        {
            name: 'desktop',
            testIgnore: no_browser,
            use: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
        },
        {
            name: 'phone',
            testIgnore: no_browser,
            use: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true },
        },
    ],
});
