import { defineConfig } from '@playwright/test';

const chromium = {
    browserName: 'chromium' as const,
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
    locale: 'en-GB',
};

export default defineConfig({
    testDir: 'tests',
    workers: 1,
    timeout: 20_000,
    reporter: 'list',
    use: { ...chromium, contextOptions: { reducedMotion: 'reduce' } },
    projects: [
        { name: 'desktop', use: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' } },
        { name: 'phone', use: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true } },
    ],
});
