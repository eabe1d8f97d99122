import { t } from '@/i18n';
import { Page } from '@/parts/page';

export default function History() {
    return <Page title={t('history.title')}>{null}</Page>;
}
