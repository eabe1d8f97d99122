import { get } from './api.ts';
import { open } from './builder.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { makeFlow } from './flows.ts';

type Run = { executions: { conclusion: object; agents_output: { title: string }[]; stop_after_agent_id: string }[] };

test('one agent is tried alone, as it stands in the editor', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Alone ${info.project.name}`, [
        { title: 'Reader', prompt: 'Read {{ city }}' },
        { title: 'Writer', prompt: 'Write {{ agents.Reader.text | default("nothing") }} for {{ guest }}' },
        { title: 'Sender', prompt: 'Send it to {{ address }}' },
    ]);
    const { agents } = await get<{ agents: { _id: string }[] }>(server, `/agentflow/${flow}`);
    await open(page, server, flow, `?agent=${agents[1]?._id}`);
    await page.getByRole('textbox', { name: 'Role', exact: true }).fill('Poet');
    await page.getByRole('button', { name: 'Try this agent alone' }).click();
    const dialog = page.getByRole('dialog', { name: `Run Alone ${info.project.name}` });
    await expect(dialog.getByText('Runs “Writer” and no other agent')).toBeVisible();
    // Only what this agent reads is asked for, and the change has been saved.
    await expect(dialog.getByRole('textbox', { name: 'city' })).toHaveCount(0);
    await expect(dialog.getByRole('textbox', { name: 'address' })).toHaveCount(0);
    await expect(page.getByText('Saved as version 2')).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole('textbox', { name: 'guest' }).fill('Ada');
    await dialog.getByRole('button', { name: 'Start run' }).click();
    await expect(page).toHaveURL(/\/runs\/[0-9a-f]{24}$/);
    await expect(page.getByText('Run of “Writer” alone')).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Conclusion' })).toBeVisible();
    const task = page.url().split('/').at(-1);
    await expect.poll(async () => (await get<{ status: string }>(server, `/task/${task}`)).status).toBe('completed');
    const [execution] = (await get<Run>(server, `/task/${task}`)).executions;
    expect(execution?.stop_after_agent_id).toBe(agents[1]?._id);
    expect(execution?.agents_output.map(({ title }) => title)).toEqual(['Writer']);
    await expectAccessible(page);

    // Again means the same part of the flow.
    await page.getByRole('button', { name: 'Run again' }).click();
    await expect(page).not.toHaveURL(new RegExp(task ?? ''));
    await expect(page.getByText('Run of “Writer” alone')).toBeVisible();
});

test('a run from an agent on says so, and what will be missing', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `From ${info.project.name}`, [
        { title: 'Reader', prompt: 'Read' },
        { title: 'Writer', prompt: 'Write {{ agents.Reader.text }}' },
    ]);
    const { agents } = await get<{ agents: { _id: string }[] }>(server, `/agentflow/${flow}`);
    await open(page, server, flow, `?agent=${agents[1]?._id}`);
    await page.getByRole('button', { name: 'Run from here' }).click();
    const dialog = page.getByRole('dialog', { name: `Run From ${info.project.name}` });
    await expect(dialog.getByText('Its prompt reads Reader, which does not run')).toBeVisible();
    await dialog.getByRole('button', { name: 'Start run' }).click();
    await expect(page.getByText('From “Writer” on')).toBeVisible();
    await expect(page.getByRole('heading', { name: '“Writer” failed' })).toBeVisible();
    await expectAccessible(page);
});

test('the builder in German', async ({ signed_in: page, server }, info) => {
    const flow = await makeFlow(server, `Deutsch ${info.project.name}`, [
        { title: 'Leser', prompt: 'Lies {{ stadt }}' },
    ]);
    const { agents } = await get<{ agents: { _id: string }[] }>(server, `/agentflow/${flow}`);
    await page.addInitScript(() => localStorage.setItem('weft-language', 'de'));
    await page.goto(`/app/p/${server.project}/flows/${flow}?agent=${agents[0]?._id}`);
    const preview = page.getByRole('region', { name: 'Vorschau', exact: true });
    await preview.getByRole('textbox', { name: 'stadt' }).fill('Zürich');
    await expect(page.getByRole('region', { name: 'Der Prompt, wie ihn das Modell liest' })).toHaveText('Lies Zürich');
    await expect(page.getByRole('button', { name: 'Formular hinzufügen: Bevor er beginnt' })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Nur diesen Agenten ausprobieren' }).click();
    const dialog = page.getByRole('dialog', { name: `Deutsch ${info.project.name} starten` });
    await expect(dialog.getByText('Startet „Leser“ und keinen anderen Agenten')).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole('textbox', { name: 'stadt' }).fill('Bern');
    await dialog.getByRole('button', { name: 'Starten' }).click();
    await expect(page.getByText('Lauf von „Leser“ allein')).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Ergebnis' })).toBeVisible();
    await expectAccessible(page);
});
