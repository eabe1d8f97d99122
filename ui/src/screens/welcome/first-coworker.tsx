import { useChangeProject, useCreateProject } from '@/api/projects';
import { CoworkerForm } from '@/parts/coworker-form';

type FirstCoworkerProps = {
    orgId: string;
    /** An empty project that takes the name; left out: a new one. */
    into?: string;
    on_cancel: () => void;
};

export function FirstCoworker({ orgId, into, on_cancel }: FirstCoworkerProps) {
    const create = useCreateProject();
    const change = useChangeProject(into ?? '');
    return (
        <CoworkerForm
            save={(values, done) => (into ? change.mutate(values, done) : create.mutate({ ...values, orgId }, done))}
            saving={into ? change : create}
            on_cancel={on_cancel}
        />
    );
}
