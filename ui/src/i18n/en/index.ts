import { connectors } from './connectors';
import { coworkers } from './coworkers';
import { errors } from './errors';
import { files } from './files';
import { flow } from './flow';
import { flows } from './flows';
import { history } from './history';
import { inbox } from './inbox';
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

export const en = {
    connectors,
    coworkers,
    errors,
    files,
    flow,
    flows,
    history,
    inbox,
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
