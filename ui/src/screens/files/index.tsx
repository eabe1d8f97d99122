import { t } from '@/i18n';
import { Page } from '@/parts/page';

export default function Files() {
    return <Page title={t('files.title')}>{null}</Page>;
}
