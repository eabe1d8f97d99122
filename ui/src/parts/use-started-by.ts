import { useSession } from '@/api/session';
import { t } from '@/i18n';

/** "Started by NAME", or by you; undefined: nobody knows the name. */
export function useStartedBy({ _id, name }: { _id?: string; name?: string }): string | undefined {
    const me = useSession()?.user?._id;
    if (_id !== undefined && _id === me) return t('parts.startedByYou');
    return name ? t('parts.startedBy', { name }) : undefined;
}
