import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { ApiError } from '@/api/client';
import { type RenderOrder, renderedQuery } from '@/api/templates';
import { detailOf, whatToDo } from '@/parts/error-view';

const wait_ms = 250;

/** `problem` is of what is typed now; `text` is then the last one that could be made. */
export type Preview = { text?: string; problem?: string };

function sentence(error: Error): string {
    const told = error instanceof ApiError && error.status === 422 ? error.errors[0]?.message : undefined;
    return told ?? `${detailOf(error)} ${whatToDo(error)}`;
}

/** The prompt as the server prints it, a moment after each change. Until it has answered, what it said before stays. */
export function usePreview(project: string, order: RenderOrder, enabled: boolean): Preview {
    const [settled] = useDebouncedValue(JSON.stringify(order), wait_ms);
    const { data, error } = useQuery({ ...renderedQuery(project, JSON.parse(settled) as RenderOrder), enabled });
    const last = useRef<Preview>({});
    if (data) last.current = { text: data.text };
    else if (error) last.current = { text: last.current.text, problem: sentence(error) };
    return last.current;
}
