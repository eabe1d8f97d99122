import { ActionIcon, Button, Group, Progress, Text, Title } from '@mantine/core';
import { IconCheck, IconRefresh, IconX } from '@tabler/icons-react';
import { t } from '@/i18n';
import { formatBytes } from '@/i18n/format';
import { detailOf, whatToDo } from '@/parts/error-view';
import classes from './files.module.css';
import type { Upload } from './use-uploads';

type UploadListProps = {
    uploads: Upload[];
    on_cancel: (upload: Upload) => void;
    on_retry: (upload: Upload) => void;
    on_clear: () => void;
};

export function UploadList({ uploads, on_cancel, on_retry, on_clear }: UploadListProps) {
    if (uploads.length === 0) return null;
    const is_over = uploads.every(({ state }) => state !== 'waiting' && state !== 'running');
    return (
        <section className={classes.uploads} aria-label={t('files.uploads')}>
            <Group justify="space-between" mb={4}>
                <Title order={2} fz="sm" lh="20px" fw={500}>
                    {t('files.uploads')}
                </Title>
                {is_over && (
                    <Button size="compact-sm" variant="subtle" onClick={on_clear}>
                        {t('files.clearUploads')}
                    </Button>
                )}
            </Group>
            <ul>
                {uploads.map((upload) => (
                    <li key={upload.id}>
                        <div className={classes.uploadName}>
                            <Text size="sm" truncate>
                                {upload.file.name}
                            </Text>
                            <State upload={upload} />
                        </div>
                        {upload.state === 'failed' && (
                            <ActionIcon
                                size={26}
                                aria-label={t('files.retryOf', { name: upload.file.name })}
                                onClick={() => on_retry(upload)}
                            >
                                <IconRefresh size={16} stroke={1.75} />
                            </ActionIcon>
                        )}
                        {upload.state === 'done' ? (
                            <IconCheck className={classes.good} size={18} role="img" aria-label={t('files.done')} />
                        ) : (
                            <ActionIcon
                                size={26}
                                aria-label={t('files.cancelOf', { name: upload.file.name })}
                                onClick={() => on_cancel(upload)}
                            >
                                <IconX size={16} stroke={1.75} />
                            </ActionIcon>
                        )}
                    </li>
                ))}
            </ul>
        </section>
    );
}

function State({ upload: { state, share, error, file } }: { upload: Upload }) {
    if (state === 'too_large') return <Text className={classes.bad}>{t('files.tooLarge')}</Text>;
    if (state === 'failed')
        return (
            <Text className={classes.bad} role="alert">
                {detailOf(error)} {whatToDo(error)}
            </Text>
        );
    if (state === 'done') return <Text className={classes.faint}>{formatBytes(file.size)}</Text>;
    return <Progress size="xs" mt={6} value={share * 100} aria-label={t('files.progressOf', { name: file.name })} />;
}
