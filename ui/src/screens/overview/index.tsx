import { t } from '@/i18n';
import { Page } from '@/parts/page';

export default function Overview() {
    return <Page title={t('overview.title')}>{null}</Page>;
}
