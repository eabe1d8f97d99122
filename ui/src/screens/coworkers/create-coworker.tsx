import { useCreateProject } from '@/api/projects';
import { useSession } from '@/api/session';
import { CoworkerForm } from '@/parts/coworker-form';

export function CreateCoworker({ on_done }: { on_done: () => void }) {
    const orgId = useSession()?.orgId ?? '';
    const create = useCreateProject();
    return (
        <CoworkerForm
            save={(values, done) => create.mutate({ ...values, orgId }, done)}
            saving={create}
            on_saved={on_done}
            on_cancel={on_done}
        />
    );
}
