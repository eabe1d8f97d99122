// What a flow is built from: the project's skills and settings.
import { queryOptions } from '@tanstack/react-query';
import { api, type Schemas } from './client';

export type Skill = Schemas['Skill'];
export type ProjectSettings = Schemas['ProjectSettings'];
export type InputField = Schemas['InputField'];

const skills_max = 500;

export const flowSkillsQuery = (project: string) =>
    queryOptions({
        queryKey: ['skills', project],
        queryFn: ({ signal }) => api.get('/skills', { query: { projectID: project, limit: skills_max }, signal }),
        staleTime: 60_000,
    });

export const flowSettingsQuery = (project: string) =>
    queryOptions({
        queryKey: ['settings', project],
        queryFn: ({ signal }) => api.get('/settings/{P}', { path: { P: project }, signal }),
        staleTime: 60_000,
    });
