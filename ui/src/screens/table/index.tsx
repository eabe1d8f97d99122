import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useRights } from '@/api/my-role';
import { tableQuery } from '@/api/tables';
import { t } from '@/i18n';
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
    const [dialog, setDialog] = useState<TableDialog>();

    const change = (next: Partial<TableSearch>) =>
        // Another choice of rows begins at its first page.
        navigate({ search: (old) => ({ ...old, page: undefined, ...next }), replace: 'q' in next });
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
