// What the preview of prompts is tried with, in the browser's own storage: one set for each flow.
export type Samples = {
    is_closed?: boolean;
    /** An execution's id, or `typed`; absent: the latest run, if there is one. */
    source?: string;
    goal?: string;
    inputs: Record<string, string>;
};

export const typed = 'typed';

const keyOf = (flow: string) => `weft-flow-samples-${flow}`;

export function readSamples(flow: string): Samples {
    try {
        const found: unknown = JSON.parse(localStorage.getItem(keyOf(flow)) ?? 'null');
        if (found && typeof found === 'object' && 'inputs' in found && found.inputs) return found as Samples;
    } catch {
        // Somebody else's text under this key holds no samples.
    }
    return { inputs: {} };
}

export function keepSamples(flow: string, samples: Samples) {
    try {
        localStorage.setItem(keyOf(flow), JSON.stringify(samples));
    } catch {
        // A full storage: they live as long as the panel.
    }
}

/** Lists and objects are typed as JSON; all else is the text that it is. */
export function sampleValue(text: string): unknown {
    if (!/^\s*[[{]/.test(text)) return text;
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
