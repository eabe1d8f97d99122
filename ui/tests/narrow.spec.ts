import { fillCoworker, visit } from './filled.ts';
import { expect, test } from './fixtures.ts';

const walk_ms = 120_000;

test('no screen scrolls sideways on the smallest phone', async ({ signed_in: page, server }, info) => {
    test.setTimeout(walk_ms);
    const paths = await fillCoworker(server, `Correspondence of the ${info.project.name}`);
    await page.setViewportSize({ width: 360, height: 740 });
    // What waits has done so for long: "26 hr 40 min" takes more room than "1 sec".
    await page.clock.setFixedTime(Date.now() + 26.7 * 3_600_000);
    for (const path of paths) {
        await visit(page, path);
        // Dialogs lie above the page, so what is too wide in one does not widen it.
        const too_wide = await page.evaluate(() =>
            [document.documentElement, ...document.querySelectorAll('main, [role="dialog"]')]
                .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
                .map(({ tagName, scrollWidth }) => `${tagName}: ${scrollWidth}`),
        );
        expect(too_wide, path).toEqual([]);
    }
});
