import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useRights } from '@/api/my-role';
import { tableQuery, useDeleteTable } from '@/api/tables';
import { t } from '@/i18n';
import { useConfirm } from '@/parts/confirm';
import { Page } from '@/parts/page';
import { QueryView } from '@/parts/query-view';
import { TableSkeleton } from '@/parts/skeletons';
import { TableActions, type TableDialog } from './actions';
import { TableDialogs } from './dialogs';
import type { TableSearch } from './search';
import { TableView } from './table-view';

/** One table: its rows in a grid, a page at a time. */
export default function TableScreen() {
    const { project, table } = useParams({ from: '/signed-in/p/$project/tables/$table' });
    const search = useSearch({ from: '/signed-in/p/$project/tables/$table' });
    const navigate = useNavigate({ from: '/p/$project/tables/$table' });
    const found = useQuery(tableQuery(project, table));
    const may = useRights(project);
    const confirm = useConfirm();
    const remove = useDeleteTable(project);
    const [dialog, setDialog] = useState<TableDialog>();
    const name = found.data?.table_name ?? '';

    const change = (next: Partial<TableSearch>) =>
        // Another choice of rows begins at its first page.
        navigate({ search: (old) => ({ ...old, page: undefined, ...next }), replace: 'q' in next });
    const deleteTable = async () => {
        const deed = t('tables.delete');
        const text = t('tables.deleteText', { name });
        if (!(await confirm({ title: `${deed}?`, text, confirm: deed, tone: 'danger' }))) return;
        remove.mutate(table, { onSuccess: () => navigate({ to: '/p/$project/tables', params: { project } }) });
    };
    return (
        <Page
            title={found.data?.table_name ?? t('tables.title')}
            width="wide"
            actions={
                found.data && (
                    <TableActions
                        {...{ project, table, may }}
                        has_columns={found.data.columns.length > 0}
                        on_open={setDialog}
                        on_delete={deleteTable}
                    />
                )
            }
        >
            <QueryView query={found} skeleton={<TableSkeleton rows={14} />}>
                {(data) => (
                    <>
                        <TableView
                            key={data._id}
                            {...{ project, search, may }}
                            table={data}
                            on_change={change}
                            on_open={setDialog}
                        />
                        <TableDialogs
                            project={project}
                            table={data}
                            dialog={dialog}
                            may_edit={may.edit}
                            on_close={() => setDialog(undefined)}
                        />
                    </>
                )}
            </QueryView>
        </Page>
    );
}
