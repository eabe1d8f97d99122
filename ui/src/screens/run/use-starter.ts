import { useSession } from '@/api/session';
import type { Task } from '@/api/tasks';
import { t } from '@/i18n';

/** Who started it, by name. */
export function useStarter(task: Task): string {
    const me = useSession()?.user?._id;
    if (task.created_by === me) return t('runs.you');
    return task.executions?.[0]?.executed_by.name ?? '';
}
