import { Box, ScrollArea } from '@mantine/core';
import { CopyButton } from './copy-button';
import classes from './json-view.module.css';

/** Exact data, to read and to copy. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
    const text = JSON.stringify(value, null, 2) ?? '';
    return (
        <Box className={classes.frame}>
            <div className={classes.copy}>
                <CopyButton text={text} />
            </div>
            <ScrollArea.Autosize mah={400} viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': label }}>
                <pre className={classes.text}>{text}</pre>
            </ScrollArea.Autosize>
        </Box>
    );
}
