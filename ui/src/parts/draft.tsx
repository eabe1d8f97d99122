import { Button, Group, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { ApiError } from '@/api/client';
import { t } from '@/i18n';
import { useConfirm } from './confirm';
import classes from './draft.module.css';
import { detailOf, whatToDo } from './error-view';

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What somebody makes of what is saved. Until he touches it, it follows what the server says. */
export function useDraft<T>(saved: T) {
    const [changed, setChanged] = useState<{ value: T }>();
    const value = changed ? changed.value : saved;
    const is_dirty = changed !== undefined && !same(changed.value, saved);
    return {
        value,
        is_dirty,
        set: (next: T) => setChanged({ value: next }),
        /** Of an object: some members. */
        change: (part: Partial<T>) => setChanged({ value: { ...value, ...part } }),
        reset: () => setChanged(undefined),
    };
}

/** The server's messages by field, in its own spelling: `at('budgets.0.credits')`. */
export function fieldErrors(error: unknown) {
    const found = new Map<string, string>();
    if (error instanceof ApiError) for (const { field, message } of error.errors) found.set(field, message);
    return (field: string) => found.get(field);
}
export type ErrorsAt = ReturnType<typeof fieldErrors>;

/** Whether somebody leaves his changes behind: he is asked. */
export function useAskToLeave(): () => Promise<boolean> {
    const confirm = useConfirm();
    return () =>
        confirm({
            title: t('parts.leaveTitle'),
            text: t('parts.leaveText'),
            confirm: t('parts.leaveConfirm'),
            tone: 'danger',
        });
}

function useLeaveGuard(is_dirty: boolean) {
    const mayLeave = useAskToLeave();
    useBlocker({
        disabled: !is_dirty,
        enableBeforeUnload: is_dirty,
        shouldBlockFn: async () => !(await mayLeave()),
    });
}

type DraftFormProps = {
    draft: { is_dirty: boolean; reset: () => void };
    /** The mutation that saves it. */
    change: { isPending: boolean; error: unknown; reset: () => void };
    on_save: () => void;
    /** false: everything is shown, nothing can be changed. */
    may_edit?: boolean;
    children: ReactNode;
};

/** Fields with a bar below them that comes with the first change, and says what is wrong. */
export function DraftForm({ draft, change, on_save, may_edit = true, children }: DraftFormProps) {
    const { is_dirty } = draft;
    const { isPending: busy, error } = change;
    const discard = () => {
        draft.reset();
        change.reset();
    };
    const bar = useRef<HTMLDivElement>(null);
    useLeaveGuard(is_dirty);
    useEffect(() => {
        if (error) bar.current?.focus();
    }, [error]);
    return (
        <form
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                if (is_dirty && !busy) on_save();
            }}
        >
            {!may_edit && (
                <Text size="sm" c="dimmed" className={classes.note} mb="md">
                    {t('parts.lookOnly')}
                </Text>
            )}
            <fieldset className={classes.fields} disabled={!may_edit}>
                {children}
            </fieldset>
            {is_dirty && (
                <section className={classes.bar} aria-label={t('parts.unsaved')} ref={bar} tabIndex={-1}>
                    <Text size="sm" flex={1} miw={180} className={classes.says} data-bad={Boolean(error)} role="status">
                        {error ? `${detailOf(error)} ${whatToDo(error)}` : t('parts.unsaved')}
                    </Text>
                    <Group gap="xs" wrap="nowrap">
                        <Button variant="default" onClick={discard} disabled={busy}>
                            {t('parts.discard')}
                        </Button>
                        <Button type="submit" loading={busy}>
                            {t('parts.save')}
                        </Button>
                    </Group>
                </section>
            )}
        </form>
    );
}
