import { t } from '@/i18n';
import { Page } from '@/parts/page';

export default function Connectors() {
    return <Page title={t('connectors.title')}>{null}</Page>;
}
