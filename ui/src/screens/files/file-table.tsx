import { ActionIcon, Badge, Group, Text, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { type Icon, IconDownload, IconFile, IconFileText, IconPhoto, IconTrash } from '@tabler/icons-react';
import { useMemo } from 'react';
import { contentUrl, type FileInfo } from '@/api/files';
import { t } from '@/i18n';
import { formatBytes } from '@/i18n/format';
import { columnsOf, DataTable } from '@/parts/data-table';
import { RelativeTime } from '@/parts/relative-time';
import { FileStatus } from './file-status';
import classes from './files.module.css';
import { kindOfFile } from './preview';

const helper = columnsOf<FileInfo>();
const icons: Record<ReturnType<typeof kindOfFile>, Icon> = { image: IconPhoto, text: IconFileText, other: IconFile };

type FileTableProps = {
    project: string;
    files: FileInfo[];
    on_open: (id: string) => void;
    on_tag: (tag: string) => void;
    /** None: whoever reads may not delete. */
    on_delete?: (file: FileInfo) => void;
};

export function FileTable(props: FileTableProps) {
    const { project, files, on_open, on_tag, on_delete } = props;
    const columns = useMemo(
        () => columnsFor({ project, on_open, on_tag, on_delete }),
        [project, on_open, on_tag, on_delete],
    );
    return (
        <div className={classes.table}>
            <DataTable label={t('files.title')} rows={files} columns={columns} row_id={({ _id }) => _id} />
        </div>
    );
}

/** What a phone has no columns for. */
function Facts({ file }: { file: FileInfo }) {
    return (
        <>
            {file.size !== undefined && `${formatBytes(file.size)} · `}
            {file.created_at !== undefined && <RelativeTime when={file.created_at} />}
            {file.tags?.map((tag) => ` · ${tag}`)}
        </>
    );
}

const columnsFor = ({ project, on_open, on_tag, on_delete }: Omit<FileTableProps, 'files'>) =>
    helper.columns([
        helper.accessor('name', {
            header: t('files.name'),
            cell: ({ row: { original: file } }) => {
                const Kind = icons[kindOfFile(file)];
                return (
                    <>
                        <UnstyledButton className={classes.name} onClick={() => on_open(file._id)}>
                            <Kind size={17} stroke={1.5} aria-hidden />
                            <span>{file.name}</span>
                        </UnstyledButton>
                        <Text size="xs" c="dimmed" truncate hiddenFrom="sm" component="div" className={classes.below}>
                            {file.status === 'ready' ? <Facts file={file} /> : <FileStatus file={file} />}
                        </Text>
                    </>
                );
            },
        }),
        helper.accessor((file) => file.tags?.join(', ') ?? '', {
            id: 'tags',
            header: t('files.tags'),
            cell: ({ row: { original: file } }) => (
                <Group gap={4}>
                    {file.tags?.map((tag) => (
                        <UnstyledButton
                            key={tag}
                            className={classes.tag}
                            aria-label={t('files.onlyTag', { tag })}
                            onClick={() => on_tag(tag)}
                        >
                            <Badge color="gray" variant="default" c="dimmed" miw="max-content">
                                {tag}
                            </Badge>
                        </UnstyledButton>
                    ))}
                </Group>
            ),
        }),
        helper.accessor((file) => file.size ?? 0, {
            id: 'size',
            header: t('files.size'),
            cell: ({ row: { original: file } }) => (
                <Text size="sm" className={classes.size}>
                    {file.size === undefined ? '–' : formatBytes(file.size)}
                </Text>
            ),
        }),
        helper.accessor('status', {
            header: t('files.status'),
            cell: ({ row }) => <FileStatus file={row.original} />,
        }),
        helper.accessor((file) => file.created_at ?? 0, {
            id: 'created',
            header: t('files.uploaded'),
            cell: ({ row }) =>
                row.original.created_at === undefined ? '–' : <RelativeTime when={row.original.created_at} />,
        }),
        helper.display({
            id: 'actions',
            header: () => <VisuallyHidden>{t('parts.actions')}</VisuallyHidden>,
            cell: ({ row: { original: file } }) => (
                <Group gap={2} wrap="nowrap">
                    {file.status === 'ready' && (
                        <Tooltip label={t('files.download')}>
                            <ActionIcon
                                component="a"
                                size={26}
                                href={contentUrl(project, file._id)}
                                download={file.name}
                                aria-label={t('files.downloadOf', { name: file.name })}
                            >
                                <IconDownload size={16} stroke={1.75} />
                            </ActionIcon>
                        </Tooltip>
                    )}
                    {on_delete && (
                        <Tooltip label={t('files.delete')}>
                            <ActionIcon
                                size={26}
                                aria-label={t('files.deleteOf', { name: file.name })}
                                onClick={() => on_delete(file)}
                            >
                                <IconTrash size={16} stroke={1.75} />
                            </ActionIcon>
                        </Tooltip>
                    )}
                </Group>
            ),
        }),
    ]);
