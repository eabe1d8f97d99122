import { t } from '@/i18n';
import { Page } from '@/parts/page';

export default function Settings() {
    return <Page title={t('settings.title')}>{null}</Page>;
}
