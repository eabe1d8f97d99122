import { t } from '@/i18n';
import { Page } from '@/parts/page';

export default function OrganizationSettings() {
    return <Page title={t('settings.organizationTitle')}>{null}</Page>;
}
