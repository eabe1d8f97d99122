import { lazy, Suspense, useCallback, useState } from 'react';
import type { Flow } from '@/api/flows';

const RunDialog = lazy(async () => ({ default: (await import('.')).RunDialog }));

/** The dialog for a list of flows, loaded when it is first wanted: draw `element`, and `open` it for one of them. */
export function useRunDialog(project: string) {
    const [flow, setFlow] = useState<Flow>();
    const [opened, setOpened] = useState(false);
    const open = useCallback((chosen: Flow) => {
        setFlow(chosen);
        setOpened(true);
    }, []);
    const element = flow && (
        <Suspense>
            <RunDialog project={project} flow_id={flow._id} opened={opened} on_close={() => setOpened(false)} />
        </Suspense>
    );
    return { open, element };
}
