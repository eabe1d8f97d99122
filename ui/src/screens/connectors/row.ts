import type { ConnectorStatus } from '@/api/connectors';

/** A connector as lists show it. */
export type Row = { id: string; name: string; category: string; kind: string; about: string; status: ConnectorStatus };

/** "ready" is what lists of the API say for an active one. */
export const shownStatus = (status: ConnectorStatus) => (status === 'ready' ? 'active' : status);
