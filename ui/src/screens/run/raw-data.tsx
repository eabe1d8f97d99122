import { Button, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMemo } from 'react';
import { t } from '@/i18n';
import { formatBytes } from '@/i18n/format';
import { download } from '@/parts/download';
import { JsonView } from '@/parts/json-view';

/** More than that is for an editor, not for a page. */
const shown_max = 400_000;

/** Exactly what the server says. */
export function RawData({ value, name }: { value: unknown; name: string }) {
    const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
    if (text.length <= shown_max) return <JsonView value={value} label={t('run.raw')} />;
    return (
        <>
            <Text size="sm" c="dimmed" mb="sm">
                {t('run.rawTooLong', { size: formatBytes(text.length) })}
            </Text>
            <Button
                variant="default"
                leftSection={<IconDownload size={16} stroke={1.75} />}
                onClick={() => download(name, 'application/json', text)}
            >
                {t('run.downloadRaw')}
            </Button>
        </>
    );
}
