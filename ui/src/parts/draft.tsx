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

/** Whoever leaves with changes is asked. */
function useLeaveGuard(is_dirty: boolean) {
    const confirm = useConfirm();
    useBlocker({
        disabled: !is_dirty,
        enableBeforeUnload: is_dirty,
        shouldBlockFn: async () =>
            !(await confirm({
                title: t('parts.leaveTitle'),
                text: t('parts.leaveText'),
                confirm: t('parts.leaveConfirm'),
                tone: 'danger',
            })),
    });
}

type DraftFormProps = {
    is_dirty: boolean;
    busy: boolean;
    error: unknown;
    on_save: () => void;
    on_discard: () => void;
    /** false: everything is shown, nothing can be changed. */
    may_edit?: boolean;
    children: ReactNode;
};

/** Fields with a bar below them that comes with the first change, and says what is wrong. */
export function DraftForm(props: DraftFormProps) {
    const { is_dirty, busy, error, on_save, on_discard, may_edit = true, children } = props;
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
                        <Button variant="default" onClick={on_discard} disabled={busy}>
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
