import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { t } from '@/i18n';
import { detailOf, whatToDo } from '@/parts/error-view';
import type { BulkReport } from './bulk';
import classes from './inbox.module.css';
import { readable } from './look';

/** Which of many failed, and why: that somebody else was first is said in the server's words. */
export function BulkReportDialog({ report, on_close }: { report?: BulkReport; on_close: () => void }) {
    return (
        <Modal
            opened={report !== undefined}
            onClose={on_close}
            size="lg"
            title={t('inbox.reportTitle')}
            closeButtonProps={{ 'aria-label': t('parts.close') }}
        >
            {report && (
                <Stack gap="md">
                    <Text size="sm">{t('inbox.reportText', { done: report.done, failed: report.failed.length })}</Text>
                    <ul className={classes.failures}>
                        {report.failed.map(({ item, error }) => (
                            <li key={item._id}>
                                <Text size="sm" fw={500}>
                                    {item.summary}
                                </Text>
                                <Text size="sm" c="dimmed">
                                    {readable(detailOf(error)) || whatToDo(error)}
                                </Text>
                            </li>
                        ))}
                    </ul>
                    <Group justify="flex-end">
                        <Button onClick={on_close} data-autofocus>
                            {t('parts.close')}
                        </Button>
                    </Group>
                </Stack>
            )}
        </Modal>
    );
}
