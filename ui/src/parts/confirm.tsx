import { Button, Group, Modal, Text } from '@mantine/core';
import { createContext, type ReactNode, use, useCallback, useState } from 'react';
import { t } from '@/i18n';

type Question = {
    title: string;
    /** What will happen, and whether it can be undone. */
    text: ReactNode;
    /** The deed as a verb: "Delete table". Never "OK". */
    confirm: string;
    tone?: 'danger';
};
type Asked = Question & { answer: (yes: boolean) => void };

const ConfirmContext = createContext<(question: Question) => Promise<boolean>>(async () => false);

/** `if (await confirm({ title, text, confirm: t('…') })) …` */
export const useConfirm = () => use(ConfirmContext);

export function ConfirmProvider({ children }: { children: ReactNode }) {
    const [asked, setAsked] = useState<Asked>();
    const [opened, setOpened] = useState(false);
    const ask = useCallback(
        (question: Question) =>
            new Promise<boolean>((answer) => {
                setAsked({ ...question, answer });
                setOpened(true);
            }),
        [],
    );
    const close = (yes: boolean) => {
        asked?.answer(yes);
        setOpened(false);
    };
    return (
        <ConfirmContext value={ask}>
            {children}
            <Modal
                opened={opened}
                onClose={() => close(false)}
                title={asked?.title}
                // Above a drawer or dialog that asks: its portal was there first and would lie below.
                zIndex={300}
                closeButtonProps={{ 'aria-label': t('parts.close') }}
            >
                <Text size="sm">{asked?.text}</Text>
                <Group justify="flex-end" mt="lg" gap="xs">
                    <Button variant="default" onClick={() => close(false)}>
                        {t('parts.cancel')}
                    </Button>
                    <Button color={asked?.tone === 'danger' ? 'red.8' : undefined} onClick={() => close(true)}>
                        {asked?.confirm}
                    </Button>
                </Group>
            </Modal>
        </ConfirmContext>
    );
}
