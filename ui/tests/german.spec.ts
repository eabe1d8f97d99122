import { en } from '../src/i18n/en/index.ts';
import { fillCoworker, visit } from './filled.ts';
import { expect, expectAccessible, test } from './fixtures.ts';

const walk_ms = 180_000;
const keys = Object.entries(en).flatMap(([area, texts]) => Object.keys(texts).map((name) => `${area}.${name}`));

test('all screens speak German and stay accessible', async ({ signed_in: page, server }, info) => {
    test.setTimeout(walk_ms);
    await page.addInitScript(() => localStorage.setItem('weft-language', 'de'));
    const paths = await fillCoworker(server, `Korrespondenz, ${info.project.name}`);
    for (const path of paths) {
        await visit(page, path);
        await expect(page.locator('html'), path).toHaveAttribute('lang', 'de');
        await test.step(path, () => expectAccessible(page));
        const shown = await page.evaluate(() => {
            const copy = document.body.cloneNode(true) as HTMLElement;
            // What stands in cells is data: the audit log has names like tables.create.
            for (const cell of copy.querySelectorAll('td, script')) cell.remove();
            return copy.textContent ?? '';
        });
        expect(
            keys.filter((key) => shown.includes(key)),
            path,
        ).toEqual([]);
    }
});
