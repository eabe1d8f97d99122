import { Paper, Select, Stack, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useCreateAction } from '@/api/connectors';
import { t } from '@/i18n';
import { fieldErrors } from '@/parts/draft';
import { FormActions, FormError } from '@/parts/form';

type CreateActionProps = { project: string; connector: string; on_done: () => void };

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What {{…}} in a template stands for. */
const namesIn = (text: string) => [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, name]) => name ?? '');

function bodyOf(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

/** A call of one's own: a name, an address with {{inputs}}, and agents have one more skill. */
export function CreateAction({ project, connector, on_done }: CreateActionProps) {
    const create = useCreateAction(project);
    const [name, setName] = useState('');
    const [description, setDescription] = useState('');
    const [method, setMethod] = useState('GET');
    const [url, setUrl] = useState('/');
    const [body, setBody] = useState('');
    const [more, setMore] = useState<string[]>([]);
    const [asked, setAsked] = useState(false);
    const at = fieldErrors(create.error);
    const takes_body = method !== 'GET' && method !== 'DELETE';
    const named = [...new Set([...namesIn(url), ...(takes_body ? namesIn(body) : [])])];
    const inputs = [...new Set([...named, ...more])];
    const submit = () => {
        setAsked(true);
        if (!name.trim()) return;
        const fields = inputs.map((field_id) => ({
            field_id,
            label: field_id,
            type: 'text',
            required: named.includes(field_id),
            description: '',
        }));
        create.mutate(
            {
                connector_id: connector,
                name: name.trim(),
                description,
                method,
                url,
                ...(takes_body && body.trim() ? { body: bodyOf(body) } : {}),
                input_schema: { fields },
            },
            { onSuccess: on_done },
        );
    };
    return (
        <Paper withBorder p="md" mb="md">
            <form
                noValidate
                onSubmit={(event) => {
                    event.preventDefault();
                    submit();
                }}
            >
                <Stack gap="md">
                    <TextInput
                        label={t('connectors.actionName')}
                        placeholder={t('connectors.actionExample')}
                        value={name}
                        onChange={(event) => setName(event.currentTarget.value)}
                        error={asked && !name.trim() ? t('parts.enterName') : at('name')}
                        autoFocus
                    />
                    <TextInput
                        label={t('connectors.actionText')}
                        description={t('connectors.actionTextHint')}
                        value={description}
                        onChange={(event) => setDescription(event.currentTarget.value)}
                        error={at('description')}
                    />
                    <Select
                        label={t('connectors.method')}
                        data={methods}
                        value={method}
                        onChange={(next) => setMethod(next ?? 'GET')}
                        error={at('method')}
                        w={140}
                    />
                    <TextInput
                        label={t('connectors.path')}
                        description={t('connectors.pathHint', { example: '/orders/{{id}}' })}
                        value={url}
                        onChange={(event) => setUrl(event.currentTarget.value)}
                        error={at('url')}
                    />
                    {takes_body && (
                        <Textarea
                            label={t('connectors.body')}
                            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
                            value={body}
                            onChange={(event) => setBody(event.currentTarget.value)}
                            error={at('body')}
                        />
                    )}
                    <TagsInput
                        label={t('connectors.inputs')}
                        description={t('connectors.inputsHint')}
                        value={inputs}
                        onChange={(next) => setMore(next.filter((each) => !named.includes(each)))}
                        acceptValueOnBlur
                        error={at('input_schema')}
                    />
                    <FormError error={create.error} />
                    <FormActions submit={t('connectors.createAction')} busy={create.isPending} on_cancel={on_done} />
                </Stack>
            </form>
        </Paper>
    );
}
