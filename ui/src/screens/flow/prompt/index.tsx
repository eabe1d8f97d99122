import { Skeleton } from '@mantine/core';
import { lazy, Suspense, useCallback } from 'react';
import { useFlowBuilder } from '../context';
import type { AgentDoc } from '../model/document';
import { templateMarks } from '../model/validate';
import { problemText } from '../problem-text';
import { valuesFor } from './completions';
import type { PromptEditorProps } from './prompt-editor';

const PromptEditor = lazy(async () => ({ default: (await import('./prompt-editor')).PromptEditor }));

type TemplateFieldProps = Pick<PromptEditorProps, 'value' | 'label' | 'placeholder' | 'rows' | 'on_change'> & {
    agent: AgentDoc;
    form_fields: readonly string[];
};

/** A text with {{values}} of the flow. */
export function TemplateField({ agent, form_fields, rows = 6, ...rest }: TemplateFieldProps) {
    const { builder, may_edit } = useFlowBuilder();
    const { doc } = builder;
    const marksOf = useCallback(
        (text: string) =>
            templateMarks(doc, agent, text).map((mark) => ({ from: mark.from, to: mark.to, text: problemText(mark) })),
        [doc, agent],
    );
    return (
        <Suspense fallback={<Skeleton height={rows * 20 + 18} radius="md" />}>
            <PromptEditor
                {...rest}
                rows={rows}
                read_only={!may_edit}
                valuesNow={() => valuesFor(doc, agent, form_fields)}
                marksOf={marksOf}
            />
        </Suspense>
    );
}
