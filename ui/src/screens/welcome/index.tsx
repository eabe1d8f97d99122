import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sessionQuery } from '@/api/session';
import { t } from '@/i18n';
import { useFragment } from '@/parts/fragment';
import { FrontPage } from '@/parts/front-page';
import { Begin } from './begin';
import { OwnerForm } from './owner-form';

/** The first start: the key becomes an owner, and the owner begins with something that works. */
export default function Welcome() {
    const key = useFragment('key');
    const [is_made, setMade] = useState(false);
    const session = useQuery({ ...sessionQuery, enabled: is_made || !key, retry: false });
    if (session.data?.user) return <Begin session={session.data} />;
    return (
        <FrontPage title={t('welcome.title')} lead={t('welcome.lead')}>
            <OwnerForm initial_key={key} on_made={() => setMade(true)} />
        </FrontPage>
    );
}
