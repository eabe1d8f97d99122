import type { Locator, Page } from '@playwright/test';
import { get } from './api.ts';
import { isPhone, open, outline, save } from './builder.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { makeFlow } from './flows.ts';

type Saved = { agents: { _id: string; title: string; next_agent: string | null }[] };

const node = (page: Page, title: string) => page.getByRole('group', { name: `Agent ${title}` });
const three = ['First', 'Second', 'Third'].map((title) => ({ title, prompt: `Of ${title}` }));

/** The middle of an element, in the window. */
async function middleOf(of: Locator): Promise<[number, number]> {
    const box = await of.boundingBox();
    if (!box) throw new Error('It is not drawn');
    return [box.x + box.width / 2, box.y + box.height / 2];
}

test('a way is taken at its arrow and led to another agent', async ({ signed_in: page, server }, info) => {
    test.skip(isPhone(info), 'Fingers use the outline and the panel');
    const flow = await makeFlow(server, `Led ${info.project.name}`, three);
    await open(page, server, flow);
    const { agents } = await get<Saved>(server, `/agentflow/${flow}`);
    const [x, y] = await middleOf(page.locator(`.react-flow__edgeupdater-target`).nth(1));
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(...(await middleOf(node(page, 'Third').locator('.react-flow__handle.target'))), { steps: 8 });
    await page.mouse.up();
    await expect(outline(page).locator('[data-row]').first()).toContainText('→ Third');
    await expectAccessible(page);
    await save(page);
    await expect(page.getByText('Saved as version 2')).toBeVisible();
    const saved = await get<Saved>(server, `/agentflow/${flow}`);
    expect(saved.agents[0]?.next_agent).toBe(agents[2]?._id);
});

test('several agents are chosen, taken out and put elsewhere', async ({ signed_in: page, server }, info) => {
    test.skip(isPhone(info), 'Phones have no keys to hold');
    const flow = await makeFlow(server, `Several ${info.project.name}`, three);
    await open(page, server, flow);
    const rows = outline(page).locator('[data-row]');
    await node(page, 'First').click();
    await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue('First');
    await node(page, 'Second').click({ modifiers: ['Control'] });
    await expect(page.getByRole('heading', { name: '2 agents chosen' })).toBeVisible();
    await expectAccessible(page);
    await node(page, 'Second').click({ modifiers: ['Shift'] });
    await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue('First');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');

    const frame = page.getByTestId('canvas');
    const box = await frame.boundingBox();
    const [, below] = await middleOf(node(page, 'Second'));
    if (!box) throw new Error('no canvas');
    await page.keyboard.down('Shift');
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 20, below + 60, { steps: 8 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await expect(page.getByRole('heading', { name: '2 agents chosen' })).toBeVisible();
    await page.keyboard.press('Control+x');
    await expect(rows).toHaveCount(1);
    await expect(page.getByText('2 agents copied')).toBeVisible();
    await page.getByRole('button', { name: 'Add between Third and End' }).click();
    await page.getByRole('menuitem', { name: /^Paste/ }).click();
    await expect(rows).toHaveCount(3);
    await expect(rows.nth(0)).toContainText('→ First');
    await expect(rows.nth(1)).toContainText('→ Second');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await expect(rows.nth(0)).toContainText('→ Second');
    await expectAccessible(page);
});
