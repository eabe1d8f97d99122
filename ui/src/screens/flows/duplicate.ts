import type { Schemas } from '@/api/client';
import type { Flow } from '@/api/flows';
import { t } from '@/i18n';
import { docOf, patchOf } from '../flow/model/document';
import { copyAgents } from '../flow/model/edit';

/** The same flow with ids of its own. Its versions, schedules and form stay with the other. */
export function duplicateOf(flow: Flow): Schemas['AgentflowInput'] {
    const doc = docOf(flow);
    const fresh = copyAgents(doc.agents);
    const first = doc.agents.findIndex(({ _id }) => _id === doc.initialAgent);
    const name = t('flows.copyOf', { name: doc.name }).slice(0, 200);
    return { ...patchOf({ ...doc, agents: fresh, initialAgent: fresh[first]?._id ?? null }), name };
}
