import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changeItem, type InboxItem, inboxKey, sendAnswer } from '@/api/inbox';

export type BulkDeed = { kind: 'approve' } | { kind: 'reject'; reason: string } | { kind: 'assign'; assignee: string };
export type BulkReport = { done: number; failed: { item: InboxItem; error: unknown }[] };

const at_once_max = 4;

/** Forms, budgets and uncertain effects ask for more than yes or no. */
export const isYesOrNo = ({ type }: InboxItem) => type === 'preview' || type === 'anomaly_detection';

const perform = (project: string, item: InboxItem, deed: BulkDeed): Promise<unknown> =>
    deed.kind === 'assign' ? changeItem(item._id, { assignee: deed.assignee }) : sendAnswer(project, item, deed);

/** Does the same to many items, each by itself: one that fails keeps none of the others. */
export function useBulk(project: string) {
    const client = useQueryClient();
    const [progress, setProgress] = useState<{ done: number; of: number }>();

    const run = async (items: InboxItem[], deed: BulkDeed): Promise<BulkReport> => {
        const report: BulkReport = { done: 0, failed: [] };
        const rest = [...items];
        setProgress({ done: 0, of: items.length });
        const work = async () => {
            for (let item = rest.shift(); item; item = rest.shift()) {
                try {
                    await perform(project, item, deed);
                    ++report.done;
                } catch (error) {
                    report.failed.push({ item, error });
                }
                setProgress({ done: report.done + report.failed.length, of: items.length });
            }
        };
        await Promise.all(Array.from({ length: at_once_max }, work));
        setProgress(undefined);
        await client.invalidateQueries({ queryKey: inboxKey(project) });
        return report;
    };
    return { run, progress };
}
