import { type ReactNode, useEffect, useRef, useState } from 'react';
import classes from './steps.module.css';

const margin_px = 800;

type ChunkProps = {
    /** The number of its first row. */
    first: number;
    /** Until it has been drawn. */
    height: number;
    is_drawn: boolean;
    children: () => ReactNode;
};

/** Some rows of a long list: drawn while they are near what is seen, else an empty place of the same height. */
export function Chunk({ first, height, is_drawn, children }: ChunkProps) {
    const list = useRef<HTMLOListElement>(null);
    const [is_near, setNear] = useState(is_drawn);
    const [known_height, setKnownHeight] = useState(height);
    useEffect(() => {
        if (!list.current) return;
        const observer = new IntersectionObserver(
            ([entry]) => {
                if (!entry) return;
                if (!entry.isIntersecting) setKnownHeight(entry.boundingClientRect.height);
                setNear(entry.isIntersecting);
            },
            { rootMargin: `${margin_px}px 0px` },
        );
        observer.observe(list.current);
        return () => observer.disconnect();
    }, []);
    return (
        <ol
            ref={list}
            start={first}
            className={classes.chunk}
            // Rows may have been added since it was last drawn.
            style={is_near ? undefined : { height: Math.max(known_height, height) }}
            aria-hidden={!is_near || undefined}
        >
            {is_near && children()}
        </ol>
    );
}
