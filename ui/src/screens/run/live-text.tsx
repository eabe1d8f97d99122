import { useEffect, useRef } from 'react';
import type { Call, Feed } from './feed';
import classes from './steps.module.css';

/** Text as it streams: written into the page once a frame, past React, so that nothing else is drawn anew. */
export function LiveText({ call, feed }: { call: Call; feed: Feed }) {
    const text = useRef<HTMLPreElement>(null);
    useEffect(() => {
        let frame = 0;
        let shown = '';
        const draw = () => {
            frame = 0;
            const node = text.current;
            if (!node) return;
            const last = node.lastChild;
            if (last instanceof Text && call.text.startsWith(shown)) last.appendData(call.text.slice(shown.length));
            else node.textContent = call.text;
            shown = call.text;
        };
        draw();
        const end = feed.subscribeText(() => {
            frame ||= requestAnimationFrame(draw);
        });
        return () => {
            end();
            cancelAnimationFrame(frame);
        };
    }, [call, feed]);
    return <pre ref={text} className={classes.text} data-live />;
}
