import { Button, SimpleGrid } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { t } from '@/i18n';
import type { ErrorsAt } from '../draft';
import type { FormField } from './field';
import { FieldEditor } from './field-editor';
import classes from './form-editor.module.css';
import { FormPreview } from './form-preview';

type FormEditorProps<K extends string> = {
    /** Whose form it is. */
    name: string;
    kinds: readonly [K, ...K[]];
    fields: readonly FormField<K>[];
    on_change: (fields: FormField<K>[]) => void;
    /** `at('fields.0.name')` */
    at: ErrorsAt;
    may_edit: boolean;
};

/** The fields of a form, beside what whoever fills it in will see. */
export function FormEditor<K extends string>({ name, kinds, fields, on_change, at, may_edit }: FormEditorProps<K>) {
    const move = (from: number, to: number) => {
        const next = [...fields];
        const [moved] = next.splice(from, 1);
        if (moved) next.splice(to, 0, moved);
        on_change(next);
    };
    return (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
            <div>
                <ol className={classes.fields}>
                    {fields.map((field, index) => (
                        // By index: a field's name changes while it is typed
                        <li key={index} className={classes.field}>
                            <FieldEditor
                                field={field}
                                kinds={kinds}
                                on_change={(next) => on_change(fields.with(index, next))}
                                on_remove={() => on_change(fields.toSpliced(index, 1))}
                                on_up={index > 0 ? () => move(index, index - 1) : undefined}
                                on_down={index < fields.length - 1 ? () => move(index, index + 1) : undefined}
                                at={(member) => at(`fields.${index}.${member}`)}
                                may_edit={may_edit}
                            />
                        </li>
                    ))}
                </ol>
                {may_edit && (
                    <Button
                        variant="default"
                        size="xs"
                        mt="sm"
                        leftSection={<IconPlus size={14} />}
                        onClick={() => on_change([...fields, { name: `field_${fields.length + 1}`, kind: kinds[0] }])}
                    >
                        {t('forms.addField')}
                    </Button>
                )}
            </div>
            <section className={classes.preview} aria-label={t('forms.previewOf', { name })}>
                <FormPreview fields={fields} />
            </section>
        </SimpleGrid>
    );
}
