// How tests work in the flow builder, which phones show in another way.
import { expect, type Page, type TestInfo } from '@playwright/test';
import type { Server } from './start.ts';

export const isPhone = (info: TestInfo) => info.project.name === 'phone';
export const outline = (page: Page) => page.getByRole('navigation', { name: 'Agents of the flow' });
export const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click();
export const promptOf = (page: Page) => page.getByRole('textbox', { name: 'Prompt template' });

/** Phones show the panel over everything. */
export async function closePanel(page: Page, info: TestInfo) {
    if (isPhone(info)) await page.getByRole('button', { name: 'Close panel' }).click();
}

export async function open(page: Page, server: Server, flow: string, search = '') {
    await page.goto(`/app/p/${server.project}/flows/${flow}${search}`);
    await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeVisible();
}
