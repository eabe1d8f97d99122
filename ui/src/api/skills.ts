import { queryOptions } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type Skill = Schemas['Skill'];

const skills_max = 500;

/** What agents of the project can be given: each action of a connector, and each that somebody made. */
export const skillsQuery = (project: string) =>
    queryOptions({
        queryKey: ['skills', project] as const,
        queryFn: ({ signal }) => api.get('/skills', { query: { projectID: project, limit: skills_max }, signal }),
        staleTime: 60_000,
    });
