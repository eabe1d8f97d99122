import { type RefObject, useEffect, useRef, useState } from 'react';

const near_px = 96;

const isAtEnd = () => {
    const { scrollHeight, clientHeight } = document.documentElement;
    return scrollHeight - clientHeight - window.scrollY < near_px;
};
const toEnd = () => window.scrollTo({ top: document.documentElement.scrollHeight });

/**
 * Keeps the end of what grows in sight while `is_live`, until whoever reads scrolls up; at the end it holds on again.
 * `lost`: it has let go; `follow` takes hold again.
 */
export function useFollowEnd(content: RefObject<HTMLElement | null>, is_live: boolean) {
    const [is_following, setFollowing] = useState(true);
    const following = useRef(true);
    useEffect(() => {
        const set = (next: boolean) => {
            following.current = next;
            setFollowing(next);
        };
        let last_y = window.scrollY;
        const onScroll = () => {
            const y = window.scrollY;
            if (y < last_y - 2 && !isAtEnd()) set(false);
            else if (isAtEnd()) set(true);
            last_y = y;
        };
        const onResize = new ResizeObserver(() => {
            if (is_live && following.current) toEnd();
        });
        if (content.current) onResize.observe(content.current);
        window.addEventListener('scroll', onScroll, { passive: true });
        return () => {
            onResize.disconnect();
            window.removeEventListener('scroll', onScroll);
        };
    }, [content, is_live]);
    const follow = () => {
        following.current = true;
        setFollowing(true);
        toEnd();
    };
    return { lost: is_live && !is_following, follow };
}
