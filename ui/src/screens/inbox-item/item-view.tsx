import { Stack } from '@mantine/core';
import { type InboxItem, isOpen } from '@/api/inbox';
import { useRights } from '@/api/my-role';
import { AnomalyItem } from './anomaly-item';
import { BudgetItem } from './budget-item';
import { FormItem } from './form-item';
import classes from './inbox-item.module.css';
import { ItemHeader } from './item-header';
import { Outcome } from './outcome';
import { People } from './people';
import { PreviewItem } from './preview-item';
import { UncertainItem } from './uncertain-item';

export type ItemProps = {
    project: string;
    item: InboxItem;
    /** Whether whoever looks at it may answer it. */
    can_answer: boolean;
    user: string;
};

const bodies = {
    preview: PreviewItem,
    runtime_input: FormItem,
    anomaly_detection: AnomalyItem,
    uncertain_effect: UncertainItem,
    budget: BudgetItem,
};

export function ItemView({ project, item }: { project: string; item: InboxItem }) {
    const may = useRights(project);
    const is_open = isOpen(item.status);
    const is_anothers = Boolean(item.assignee?._id) && item.assignee?._id !== may.user;
    const can_answer = is_open && may.operate && (!is_anothers || may.edit);
    const Body = bodies[item.type];
    return (
        <>
            <div className={classes.body}>
                <Stack gap="md">
                    <ItemHeader project={project} item={item} />
                    <People {...{ project, item, may }} />
                    {!is_open && <Outcome item={item} />}
                </Stack>
            </div>
            <Body {...{ project, item, can_answer }} user={may.user} />
        </>
    );
}
