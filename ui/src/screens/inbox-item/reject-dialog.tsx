import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import { t } from '@/i18n';

type RejectDialogProps = {
    opened: boolean;
    title: string;
    hint?: string;
    on_close: () => void;
    on_reject: (reason: string) => void;
};

export function RejectDialog({ opened, title, hint, on_close, on_reject }: RejectDialogProps) {
    const [reason, setReason] = useState('');
    const onKeyDown = (event: KeyboardEvent) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) on_reject(reason);
    };
    return (
        <Modal opened={opened} onClose={on_close} title={title} closeButtonProps={{ 'aria-label': t('parts.close') }}>
            <Stack gap="md">
                {hint && <Text size="sm">{hint}</Text>}
                <Textarea
                    label={t('inbox.reason')}
                    description={t('inbox.reasonHint')}
                    value={reason}
                    onChange={({ currentTarget }) => setReason(currentTarget.value)}
                    onKeyDown={onKeyDown}
                    data-autofocus
                />
                <Group justify="flex-end" gap="xs">
                    <Button variant="default" onClick={on_close}>
                        {t('parts.cancel')}
                    </Button>
                    <Button color="red.8" onClick={() => on_reject(reason)}>
                        {t('inbox.reject')}
                    </Button>
                </Group>
            </Stack>
        </Modal>
    );
}
