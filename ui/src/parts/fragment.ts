import { useState } from 'react';

/** Takes what stands behind the # (`#token=…`) out of the address at once: it must not stay in the history. */
function takeFragment(names: readonly string[]): string {
    const found = new URLSearchParams(window.location.hash.slice(1));
    const value = names.map((name) => found.get(name)).find(Boolean) ?? '';
    if (value) window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
    return value;
}

/** The secret with which somebody came; `names`: under any of these. */
export function useFragment(...names: string[]): string {
    const [value] = useState(() => takeFragment(names));
    return value;
}
