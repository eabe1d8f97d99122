import { Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { contentQuery, contentUrl, type FileInfo, fileQuery } from '@/api/files';
import { t } from '@/i18n';
import { formatBytes, formatDateTime } from '@/i18n/format';
import { QueryView } from '@/parts/query-view';
import { TextSkeleton } from '@/parts/skeletons';
import { FileStatus } from './file-status';
import classes from './files.module.css';

const text_bytes_max = 200_000;
const image_bytes_max = 20_000_000;
const text_names = /\.(txt|md|markdown|csv|tsv|json|jsonl|xml|html?|css|js|ts|py|ya?ml|toml|ini|log|eml|mbox|sql|sh)$/i;
const image_names = /\.(png|jpe?g|gif|webp|avif|svg)$/i;

type Kind = 'image' | 'text' | 'other';

export function kindOfFile({ name, type = '' }: Pick<FileInfo, 'name' | 'type'>): Kind {
    if (/^image\/(png|jpeg|gif|webp|avif|svg\+xml)$/.test(type) || image_names.test(name)) return 'image';
    return type.startsWith('text/') || /json|xml/.test(type) || text_names.test(name) ? 'text' : 'other';
}

type FilePreviewProps = { project: string; id?: string; on_close: () => void };

export function FilePreview({ project, id = '', on_close }: FilePreviewProps) {
    const file = useQuery(fileQuery(project, id));
    return (
        <Drawer
            opened={id !== ''}
            onClose={on_close}
            size="lg"
            title={file.data?.name ?? t('files.file')}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            <QueryView query={file} skeleton={<TextSkeleton lines={6} />}>
                {(data) => (
                    <Stack gap="md">
                        <Group gap="md" justify="space-between">
                            <Text size="sm" c="dimmed">
                                {[
                                    data.size !== undefined && formatBytes(data.size),
                                    data.type,
                                    data.created_at !== undefined && formatDateTime(data.created_at),
                                ]
                                    .filter(Boolean)
                                    .join(' · ')}
                            </Text>
                            <FileStatus file={data} />
                        </Group>
                        {data.status === 'failed' && data.reason && <Text size="sm">{data.reason}</Text>}
                        {data.status === 'ready' && <Content project={project} file={data} />}
                        {data.status === 'ready' && (
                            <div>
                                <Button
                                    component="a"
                                    variant="default"
                                    href={contentUrl(project, data._id)}
                                    download={data.name}
                                    leftSection={<IconDownload size={16} />}
                                >
                                    {t('files.download')}
                                </Button>
                            </div>
                        )}
                    </Stack>
                )}
            </QueryView>
        </Drawer>
    );
}

function Content({ project, file }: { project: string; file: FileInfo }) {
    const kind = kindOfFile(file);
    const is_too_large = kind === 'image' && (file.size ?? 0) > image_bytes_max;
    if (kind === 'other' || is_too_large)
        return (
            <Text size="sm" c="dimmed">
                {t('files.noPreview')}
            </Text>
        );
    return kind === 'image' ? <Picture project={project} file={file} /> : <Words project={project} file={file} />;
}

function Picture({ project, file }: { project: string; file: FileInfo }) {
    // A picture is drawn, never opened: what an SVG file would do by itself it cannot do here.
    const type = file.type?.startsWith('image/') ? file.type : `image/${file.name.split('.').pop()?.toLowerCase()}`;
    const content = useQuery(contentQuery(project, { ...file, type: fixed[type] ?? type }, image_bytes_max));
    const [url, setUrl] = useState<string>();
    const { data } = content;
    useEffect(() => {
        if (!data) return;
        const made = URL.createObjectURL(data);
        setUrl(made);
        return () => URL.revokeObjectURL(made);
    }, [data]);
    return (
        <QueryView query={content} skeleton={<TextSkeleton lines={8} />}>
            {() => (url ? <img className={classes.picture} src={url} alt={file.name} /> : null)}
        </QueryView>
    );
}

const fixed: Record<string, string> = { 'image/jpg': 'image/jpeg', 'image/svg': 'image/svg+xml' };

function Words({ project, file }: { project: string; file: FileInfo }) {
    const content = useQuery(contentQuery(project, file, text_bytes_max));
    const text = useQuery({
        queryKey: ['file-text', project, file._id],
        queryFn: () => content.data?.text() ?? '',
        enabled: content.data !== undefined,
    });
    return (
        <QueryView
            query={content.error ? (content as unknown as typeof text) : text}
            skeleton={<TextSkeleton lines={8} />}
        >
            {(shown) => (
                <>
                    <section
                        className={classes.words}
                        aria-label={t('files.contentOf', { name: file.name })}
                        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
                        tabIndex={0}
                    >
                        <pre>{shown}</pre>
                    </section>
                    {(file.size ?? 0) > text_bytes_max && (
                        <Text size="xs" c="dimmed">
                            {t('files.onlyBeginning', { size: formatBytes(text_bytes_max) })}
                        </Text>
                    )}
                </>
            )}
        </QueryView>
    );
}
