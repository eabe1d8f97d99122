import { Button, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconFiles, IconSearch, IconSearchOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { type FileInfo, filesQuery, tagsQuery, useDeleteFile } from '@/api/files';
import { useRights } from '@/api/my-role';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { EmptyState } from '@/parts/empty-state';
import { Page } from '@/parts/page';
import { Pager } from '@/parts/pager';
import { QueryView } from '@/parts/query-view';
import { TableSkeleton } from '@/parts/skeletons';
import { DropZone } from './drop-zone';
import { FileTable } from './file-table';
import classes from './files.module.css';
import { FilePreview } from './preview';
import type { FilesSearch } from './search';
import { UploadList } from './upload-list';
import { useUploads } from './use-uploads';

const page_size = 50;

export default function Files() {
    const { project } = useParams({ from: '/signed-in/p/$project/files' });
    const search = useSearch({ from: '/signed-in/p/$project/files' });
    const navigate = useNavigate({ from: '/p/$project/files' });
    const may = useRights(project);
    const { q, tag, page = 1, file } = search;
    const files = useQuery(filesQuery(project, { skip: (page - 1) * page_size, limit: page_size, tag, search: q }));
    const tags = useQuery(tagsQuery(project)).data ?? [];
    const uploads = useUploads(project);
    const change = useCallback(
        (next: FilesSearch) => navigate({ search: (old) => ({ ...old, ...next }), replace: 'q' in next }),
        [navigate],
    );
    const open = useCallback((id: string) => change({ file: id }), [change]);
    const choose = useCallback((next: string | undefined) => change({ tag: next, page: undefined }), [change]);
    const remove = useAskedDelete(project);

    return (
        <Page title={t('files.title')} lead={t('files.lead')}>
            {may.operate && <DropZone tags={tags.map(({ name }) => name)} on_files={uploads.add} />}
            <UploadList
                uploads={uploads.uploads}
                on_cancel={uploads.cancel}
                on_retry={uploads.retry}
                on_clear={uploads.clear}
            />
            <Filters
                search={search}
                tags={tags.map(({ name }) => name)}
                on_search={(next) => change({ q: next || undefined, page: undefined })}
                on_tag={choose}
            />
            <QueryView query={files} skeleton={<TableSkeleton />}>
                {({ files: rows, total_count: total }) => (
                    <>
                        {rows.length === 0 ? (
                            <Nothing
                                is_filtered={Boolean(q || tag)}
                                on_clear={() => change({ q: undefined, tag: undefined, page: undefined })}
                            />
                        ) : (
                            <FileTable
                                {...{ project }}
                                files={rows}
                                on_open={open}
                                on_tag={choose}
                                on_delete={may.operate ? remove : undefined}
                            />
                        )}
                        <Pager
                            page={page}
                            size={page_size}
                            total={total}
                            on_page={(next) => change({ page: next > 1 ? next : undefined })}
                        />
                    </>
                )}
            </QueryView>
            <FilePreview project={project} id={file} on_close={() => change({ file: undefined })} />
        </Page>
    );
}

function useAskedDelete(project: string) {
    const confirm = useConfirm();
    const { mutate } = useDeleteFile(project);
    return useCallback(
        async ({ _id, name }: FileInfo) => {
            const deed = t('files.delete');
            const text = t('files.deleteText', { name });
            if (!(await confirm({ title: `${deed}?`, text, confirm: deed, tone: 'danger' }))) return;
            mutate(_id, {
                onSuccess: () => notifications.show({ withCloseButton: false, message: t('files.deleted', { name }) }),
            });
        },
        [confirm, mutate],
    );
}

type FiltersProps = {
    search: FilesSearch;
    tags: string[];
    on_search: (q: string) => void;
    on_tag: (tag: string | undefined) => void;
};

const typing_ms = 300;

function Filters({ search, tags, on_search, on_tag }: FiltersProps) {
    const [text, setText] = useState(search.q ?? '');
    const tell = useDebouncedCallback(on_search, typing_ms);
    useEffect(() => setText(search.q ?? ''), [search.q]);
    return (
        <Group gap="xs" mb="sm">
            <TextInput
                type="search"
                className={classes.search}
                aria-label={t('files.search')}
                placeholder={t('files.search')}
                leftSection={<IconSearch size={15} stroke={1.75} />}
                value={text}
                onChange={({ currentTarget }) => {
                    setText(currentTarget.value);
                    tell(currentTarget.value);
                }}
            />
            {(tags.length > 0 || search.tag) && (
                <Select
                    className={classes.byTag}
                    aria-label={t('files.tag')}
                    placeholder={t('files.anyTag')}
                    clearable
                    searchable
                    data={tags}
                    value={search.tag ?? null}
                    onChange={(tag) => on_tag(tag ?? undefined)}
                />
            )}
        </Group>
    );
}

function Nothing({ is_filtered, on_clear }: { is_filtered: boolean; on_clear: () => void }) {
    if (!is_filtered) return <EmptyState icon={IconFiles} title={t('files.emptyTitle')} text={t('files.emptyText')} />;
    return (
        <EmptyState
            icon={IconSearchOff}
            title={t('files.noMatchTitle')}
            text={t('files.noMatchText')}
            action={
                <Button variant="default" onClick={on_clear}>
                    {t('files.clearFilters')}
                </Button>
            }
        />
    );
}
