import { lazy, Suspense } from 'react';
import { TextSkeleton } from './skeletons';

const MarkdownText = lazy(async () => ({ default: (await import('./markdown-text')).MarkdownText }));

/** Text that a model wrote. */
export function Markdown({ text }: { text: string }) {
    return (
        <Suspense fallback={<TextSkeleton />}>
            <MarkdownText text={text} />
        </Suspense>
    );
}
