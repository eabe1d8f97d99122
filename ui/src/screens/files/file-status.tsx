import { Tooltip } from '@mantine/core';
import { type Icon, IconAlertCircle, IconCircleCheck, IconCircleDashed, IconLoader } from '@tabler/icons-react';
import type { FileInfo } from '@/api/files';
import { t } from '@/i18n';
import classes from './files.module.css';

const looks = {
    pending: { icon: IconCircleDashed, text: 'files.statusPending' },
    processing: { icon: IconLoader, text: 'files.statusProcessing' },
    ready: { icon: IconCircleCheck, text: 'files.statusReady' },
    failed: { icon: IconAlertCircle, text: 'files.statusFailed' },
} as const satisfies Record<FileInfo['status'], { icon: Icon; text: string }>;

export function FileStatus({ file }: { file: FileInfo }) {
    const { icon: Icon, text } = looks[file.status];
    return (
        <Tooltip label={file.reason ?? ''} disabled={!file.reason}>
            <span className={classes.status} data-status={file.status}>
                <Icon size={15} stroke={1.75} aria-hidden />
                {t(text)}
            </span>
        </Tooltip>
    );
}
