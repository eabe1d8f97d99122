import {
    IconAdjustments,
    IconBell,
    IconClockX,
    IconCoin,
    IconCpu,
    IconForms,
    IconGauge,
    IconUsers,
} from '@tabler/icons-react';
import { Navigate, useParams } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { type Key, t } from '@/i18n';
import { SectionedPage } from '@/parts/sectioned-page';
import { BudgetsSection } from './budgets-section';
import { FormsSection } from './forms-section';
import { GeneralSection } from './general-section';
import { LimitsSection } from './limits-section';
import { MembersSection } from './members-section';
import { ModelsSection } from './models-section';
import { NotificationsSection } from './notifications-section';
import { RetentionSection } from './retention-section';

export type SectionProps = { project: string };

const sections = [
    { id: 'general', text: 'settings.general', icon: IconAdjustments, content: GeneralSection },
    { id: 'models', text: 'settings.models', icon: IconCpu, content: ModelsSection },
    { id: 'budgets', text: 'budgets.title', icon: IconCoin, content: BudgetsSection },
    { id: 'limits', text: 'budgets.limits', icon: IconGauge, content: LimitsSection },
    { id: 'forms', text: 'forms.title', icon: IconForms, content: FormsSection },
    { id: 'notifications', text: 'settings.notifications', icon: IconBell, content: NotificationsSection },
    { id: 'retention', text: 'settings.retention', icon: IconClockX, content: RetentionSection },
    { id: 'members', text: 'settings.members', icon: IconUsers, content: MembersSection },
] as const satisfies readonly {
    id: string;
    text: Extract<Key, `${string}.${string}`>;
    icon: typeof IconBell;
    content: ComponentType<SectionProps>;
}[];

/** Of one coworker. Each section has an address of its own. */
export default function Settings() {
    const { project, section } = useParams({ from: '/signed-in/p/$project/settings/$section' });
    const found = sections.find(({ id }) => id === section);
    if (!found) return <Navigate to="/p/$project/settings" params={{ project }} replace />;
    const Content = found.content;
    return (
        <SectionedPage
            title={t('settings.title')}
            label={t('settings.sections')}
            current={found.id}
            sections={sections.map(({ id, text, icon }) => ({
                id,
                label: t(text),
                icon,
                link: { to: '/p/$project/settings/$section', params: { project, section: id } },
            }))}
        >
            <Content key={`${project} ${section}`} project={project} />
        </SectionedPage>
    );
}
