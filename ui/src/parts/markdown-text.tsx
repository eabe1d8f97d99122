// Heavy: use <Markdown> of markdown.tsx, which loads it when it is needed.
import { Table, Typography } from '@mantine/core';
import Text from 'markdown-to-jsx/react';
import type { ReactNode } from 'react';
import classes from './markdown.module.css';

type LinkProps = { href?: string; children?: ReactNode };

const Foreign = ({ href, children }: LinkProps) => (
    <a href={href} target="_blank" rel="noreferrer noopener">
        {children}
    </a>
);

// What models write is foreign text: links leave for a new tab, no image is fetched from elsewhere, HTML is text.
const options = {
    disableParsingRawHTML: true,
    forceBlock: true,
    overrides: {
        a: Foreign,
        img: ({ src, alt }: { src?: string; alt?: string }) => <Foreign href={src}>{alt || src}</Foreign>,
        table: ({ children }: { children?: ReactNode }) => (
            <Table.ScrollContainer minWidth={0} my="sm">
                <table className={classes.table}>{children}</table>
            </Table.ScrollContainer>
        ),
    },
};

export function MarkdownText({ text }: { text: string }) {
    return (
        <Typography fz="sm" className={classes.text}>
            <Text options={options}>{text}</Text>
        </Typography>
    );
}
