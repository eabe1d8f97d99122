import { ActionIcon, Button, FileButton, Group, Input, Loader, Select, Text } from '@mantine/core';
import { IconPaperclip, IconUpload, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { fileQuery, filesQuery, uploadFile } from '@/api/files';
import { t } from '@/i18n';
import { detailOf, whatToDo } from '../error-view';
import classes from './values.module.css';

type FilePickerProps = {
    project: string;
    label?: ReactNode;
    'aria-label'?: string;
    description?: ReactNode;
    error?: ReactNode;
    withAsterisk?: boolean;
    disabled?: boolean;
    /** The file's id, or '' for none. */
    value: string;
    on_change: (id: string) => void;
};

const choices_max = 50;

/** A file of the project: one that is there, or one from this device. */
export function FilePicker({ project, value, on_change, disabled, error, ...wrapper }: FilePickerProps) {
    const [share, setShare] = useState<number>();
    const [failure, setFailure] = useState<unknown>();
    const upload = async (file: File | null) => {
        if (!file) return;
        setFailure(undefined);
        setShare(0);
        try {
            on_change(await uploadFile({ project, file, on_progress: setShare }));
        } catch (found) {
            setFailure(found);
        }
        setShare(undefined);
    };
    const failed = failure === undefined ? undefined : `${detailOf(failure)} ${whatToDo(failure)}`;
    return (
        <Input.Wrapper {...wrapper} labelElement="div" error={failed ?? error}>
            {value ? (
                <Chosen {...{ project, disabled }} id={value} on_clear={() => on_change('')} />
            ) : (
                <Group gap="xs" wrap="nowrap">
                    <Existing {...{ project, disabled, on_change }} />
                    <FileButton onChange={upload} disabled={disabled}>
                        {(props) => (
                            <Button
                                {...props}
                                variant="default"
                                disabled={disabled || share !== undefined}
                                leftSection={share === undefined ? <IconUpload size={16} /> : <Loader size={14} />}
                            >
                                {share === undefined ? t('values.upload') : `${Math.round(share * 100)} %`}
                            </Button>
                        )}
                    </FileButton>
                </Group>
            )}
        </Input.Wrapper>
    );
}

function Existing({ project, disabled, on_change }: Pick<FilePickerProps, 'project' | 'disabled' | 'on_change'>) {
    const [search, setSearch] = useState('');
    const files = useQuery(filesQuery(project, { skip: 0, limit: choices_max, search })).data?.files ?? [];
    if (files.length === 0 && search === '') return null;
    return (
        <Select
            flex={1}
            aria-label={t('values.chooseFile')}
            placeholder={t('values.chooseFile')}
            disabled={disabled}
            searchable
            searchValue={search}
            onSearchChange={setSearch}
            filter={({ options }) => options}
            nothingFoundMessage={t('values.noFile')}
            data={files
                .filter(({ status }) => status === 'ready')
                .map(({ _id, name }) => ({ value: _id, label: name }))}
            value={null}
            onChange={(id) => id && on_change(id)}
        />
    );
}

function Chosen(props: { project: string; id: string; disabled?: boolean; on_clear: () => void }) {
    const { data, error } = useQuery({ ...fileQuery(props.project, props.id), retry: false });
    return (
        <div className={classes.file}>
            <IconPaperclip size={16} stroke={1.75} aria-hidden />
            <Text size="sm" truncate flex={1}>
                {data?.name ?? (error ? t('values.fileGone', { id: props.id }) : '…')}
            </Text>
            <ActionIcon
                size={28}
                disabled={props.disabled}
                aria-label={t('values.removeFile')}
                onClick={props.on_clear}
            >
                <IconX size={16} stroke={1.75} />
            </ActionIcon>
        </div>
    );
}
