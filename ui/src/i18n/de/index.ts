import { budgets } from './budgets';
import { connectors } from './connectors';
import { coworkers } from './coworkers';
import { errors } from './errors';
import { files } from './files';
import { flow } from './flow';
import { flows } from './flows';
import { forms } from './forms';
import { history } from './history';
import { inbox } from './inbox';
import { organization } from './organization';
import { overview } from './overview';
import { palette } from './palette';
import { parts } from './parts';
import { run } from './run';
import { runDialog } from './run-dialog';
import { runs } from './runs';
import { settings } from './settings';
import { shell } from './shell';
import { signIn } from './sign-in';
import { tables } from './tables';
import { values } from './values';
import { welcome } from './welcome';

export const de = {
    budgets,
    connectors,
    coworkers,
    errors,
    files,
    flow,
    flows,
    forms,
    history,
    inbox,
    organization,
    overview,
    palette,
    parts,
    run,
    runDialog,
    runs,
    settings,
    shell,
    signIn,
    tables,
    values,
    welcome,
};
