import { ActionIcon, Button, FileButton, Group, InputWrapper, Progress, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconFile, IconRefresh, IconUpload, IconX } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { t } from '@/i18n';
import { formatBytes } from '@/i18n/format';
import { detailOf, whatToDo } from '../error-view';
import classes from './run-dialog.module.css';
import type { Upload, Uploads } from './use-uploads';

function UploadRow({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
    const { name, size, share, id, error } = upload;
    return (
        <div className={classes.upload}>
            <Group gap="xs" wrap="nowrap">
                <IconFile size={16} stroke={1.5} aria-hidden className={classes.fixed} />
                <Text size="sm" truncate flex={1}>
                    {name}
                </Text>
                <Text size="xs" c="dimmed">
                    {formatBytes(size)}
                </Text>
                {id && <IconCheck size={16} stroke={1.75} role="img" aria-label={t('runDialog.uploaded')} />}
                {error !== undefined && (
                    <ActionIcon
                        size={26}
                        aria-label={t('runDialog.retryUpload', { name })}
                        onClick={() => uploads.retry(upload.key)}
                    >
                        <IconRefresh size={15} stroke={1.75} />
                    </ActionIcon>
                )}
                <ActionIcon
                    size={26}
                    aria-label={t('runDialog.removeFile', { name })}
                    onClick={() => uploads.remove(upload.key)}
                >
                    <IconX size={15} stroke={1.75} />
                </ActionIcon>
            </Group>
            {!id && error === undefined && (
                <Progress value={share * 100} size={3} aria-label={t('runDialog.uploading', { name })} />
            )}
            {error !== undefined && (
                <Group gap={6} wrap="nowrap" role="alert" c="var(--mantine-color-error)">
                    <IconAlertTriangle size={14} stroke={1.75} aria-hidden className={classes.fixed} />
                    <Text size="xs">{detailOf(error) || whatToDo(error)}</Text>
                </Group>
            )}
        </div>
    );
}

type UploadFieldProps = {
    label: string;
    hint?: string;
    required?: boolean;
    error?: string;
    /** Only one: another one takes its place. */
    single?: boolean;
    uploads: Uploads;
};

export function UploadField({ label, hint, required, error, single = false, uploads }: UploadFieldProps) {
    const [is_over, setOver] = useState(false);
    const take = (files: File[]) => {
        if (single) for (const { key } of uploads.uploads) uploads.remove(key);
        uploads.add(single ? files.slice(0, 1) : files);
    };
    const onDrop = (event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        take([...event.dataTransfer.files]);
    };
    return (
        <InputWrapper label={label} description={hint} withAsterisk={required} error={error} labelElement="div">
            {/* biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; the button does the same */}
            <div
                className={classes.drop}
                data-over={is_over}
                onDragOver={(event) => {
                    event.preventDefault();
                    setOver(true);
                }}
                onDragLeave={() => setOver(false)}
                onDrop={onDrop}
            >
                <FileButton onChange={(chosen) => chosen && take([chosen].flat())} multiple={!single}>
                    {(props) => (
                        <Button {...props} variant="default" size="xs" leftSection={<IconUpload size={14} />}>
                            {single ? t('runDialog.chooseFile') : t('runDialog.chooseFiles')}
                        </Button>
                    )}
                </FileButton>
                <Text size="xs" c="dimmed">
                    {t('runDialog.dropHere')}
                </Text>
            </div>
            <Stack gap={4} mt={uploads.uploads.length ? 6 : 0}>
                {uploads.uploads.map((upload) => (
                    <UploadRow key={upload.key} upload={upload} uploads={uploads} />
                ))}
            </Stack>
        </InputWrapper>
    );
}
