import { ActionIcon, CopyButton as Copy, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { t } from '@/i18n';

export function CopyButton({ text, label = t('parts.copy') }: { text: string; label?: string }) {
    return (
        <Copy value={text}>
            {({ copied, copy }) => (
                <Tooltip label={copied ? t('parts.copied') : label}>
                    <ActionIcon size={28} aria-label={copied ? t('parts.copied') : label} onClick={copy}>
                        {copied ? <IconCheck size={16} stroke={1.75} /> : <IconCopy size={16} stroke={1.75} />}
                    </ActionIcon>
                </Tooltip>
            )}
        </Copy>
    );
}
