import {
    IconCoin,
    IconHistory,
    IconKey,
    IconReceipt,
    IconReportMoney,
    IconTrash,
    IconUser,
    IconUsers,
} from '@tabler/icons-react';
import { Navigate, useParams } from '@tanstack/react-router';
import { useIsAdmin } from '@/api/my-role';
import { useSession } from '@/api/session';
import { t } from '@/i18n';
import { SectionedPage } from '@/parts/sectioned-page';
import { AccountSection } from './account-section';
import { ApiKeysSection } from './api-keys-section';
import { AuditSection } from './audit-section';
import { BudgetsSection } from './budgets-section';
import { CreditsSection } from './credits-section';
import { PeopleSection } from './people-section';
import { PlanSection } from './plan-section';
import { TrashSection } from './trash-section';

const sections = [
    { id: 'members', text: 'organization.members', icon: IconUsers, content: PeopleSection, for_admins: false },
    { id: 'keys', text: 'organization.keys', icon: IconKey, content: ApiKeysSection, for_admins: true },
    { id: 'plan', text: 'organization.plan', icon: IconReportMoney, content: PlanSection, for_admins: false },
    { id: 'budgets', text: 'budgets.title', icon: IconCoin, content: BudgetsSection, for_admins: false },
    { id: 'credits', text: 'organization.credits', icon: IconReceipt, content: CreditsSection, for_admins: true },
    { id: 'audit', text: 'organization.audit', icon: IconHistory, content: AuditSection, for_admins: true },
    { id: 'trash', text: 'organization.trash', icon: IconTrash, content: TrashSection, for_admins: true },
    { id: 'account', text: 'organization.account', icon: IconUser, content: AccountSection, for_admins: false },
] as const;

/** What belongs to everybody, and one's own account. What only admins may see is not offered to others. */
export default function OrganizationSettings() {
    const { section } = useParams({ from: '/signed-in/settings/$section' });
    const is_admin = useIsAdmin();
    const session = useSession();
    const offered = sections.filter(({ for_admins }) => is_admin || !for_admins);
    const found = offered.find(({ id }) => id === section);
    if (!session) return null;
    if (!found) return <Navigate to="/settings/$section" params={{ section: 'account' }} replace />;
    const Content = found.content;
    return (
        <SectionedPage
            title={t('settings.organizationTitle')}
            label={t('settings.sections')}
            current={found.id}
            sections={offered.map(({ id, text, icon }) => ({
                id,
                label: t(text),
                icon,
                link: { to: '/settings/$section', params: { section: id } },
            }))}
        >
            <Content key={section} />
        </SectionedPage>
    );
}
