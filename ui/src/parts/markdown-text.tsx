// Heavy: use <Markdown> of markdown.tsx, which loads it when it is needed.
import { Typography } from '@mantine/core';
import ReactMarkdown, { type Components } from 'react-markdown';

// What models write is foreign text: links leave for a new tab, and no image is fetched from elsewhere.
const components: Components = {
    a: ({ href, children }) => (
        <a href={href} target="_blank" rel="noreferrer noopener">
            {children}
        </a>
    ),
    img: ({ src, alt }) => (
        <a href={typeof src === 'string' ? src : undefined} target="_blank" rel="noreferrer noopener">
            {alt || src}
        </a>
    ),
};

export function MarkdownText({ text }: { text: string }) {
    return (
        <Typography fz="sm">
            <ReactMarkdown components={components}>{text}</ReactMarkdown>
        </Typography>
    );
}
