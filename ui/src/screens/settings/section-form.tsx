import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useMay } from '@/api/my-role';
import { type ProjectSettings, type SettingsPatch, settingsQuery, useChangeSettings } from '@/api/settings';
import { t } from '@/i18n';
import { DraftForm, type ErrorsAt, fieldErrors, useDraft } from '@/parts/draft';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';

/** What a section draws its fields with. */
export type SectionFields<T> = {
    value: T;
    set: (next: T) => void;
    at: ErrorsAt;
    may_edit: boolean;
    settings: ProjectSettings;
};

type SectionFormProps<T> = {
    project: string;
    /** The section's value, out of all that is set. */
    read: (settings: ProjectSettings) => T;
    /** What is sent to save it. */
    patch: (value: T) => SettingsPatch;
    children: (fields: SectionFields<T>) => ReactNode;
};

/** One section of the settings: read, changed as a draft, saved as a whole. */
export function SectionForm<T>({ project, ...rest }: SectionFormProps<T>) {
    const query = useQuery(settingsQuery(project));
    return (
        <QueryView query={query} skeleton={<TextSkeleton lines={10} />}>
            {(settings) => <Fields project={project} settings={settings} {...rest} />}
        </QueryView>
    );
}

type FieldsProps<T> = SectionFormProps<T> & { settings: ProjectSettings };

function Fields<T>({ project, settings, read, patch, children }: FieldsProps<T>) {
    const change = useChangeSettings(project);
    const may_edit = useMay(project, 'editor');
    const draft = useDraft(read(settings));
    const save = () =>
        change.mutate(patch(draft.value), {
            onSuccess: () => {
                draft.reset();
                notifications.show({ withCloseButton: false, message: t('parts.saved') });
            },
        });
    return (
        <DraftForm draft={draft} change={change} on_save={save} may_edit={may_edit}>
            {children({ value: draft.value, set: draft.set, at: fieldErrors(change.error), may_edit, settings })}
        </DraftForm>
    );
}
