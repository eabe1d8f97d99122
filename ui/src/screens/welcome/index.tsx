import { t } from '@/i18n';
import { Page } from '@/parts/page';

export default function Welcome() {
    return (
        <main>
            <Page title={t('welcome.title')} lead={t('welcome.lead')}>
                {null}
            </Page>
        </main>
    );
}
