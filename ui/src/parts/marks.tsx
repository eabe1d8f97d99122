import classes from './marks.module.css';

const hues = 8;

/** The same coworker or person always has the same colour. */
function hueOf(id: string): number {
    let sum = 0;
    for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 997;
    return sum % hues;
}

type LetterMarkProps = { id: string; name: string; look?: 'small' | 'large' | 'person' };

/** Stands beside or for the name: the letter is drawn, not text, and says nothing to a screen reader. */
export function LetterMark({ id, name, look = 'small' }: LetterMarkProps) {
    const letter = [...name.trim()][0]?.toUpperCase() ?? '·';
    return <span className={classes.mark} data-hue={hueOf(id)} data-look={look} data-letter={letter} aria-hidden />;
}

export function WeftMark({ size = 26 }: { size?: number }) {
    return (
        <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
            <rect width="32" height="32" rx="8" fill="#5059d6" />
            <path
                d="M7 10l4.5 12L16 10l4.5 12L25 10"
                fill="none"
                stroke="#fff"
                strokeWidth="3"
                strokeLinecap="round"
                strokeLinejoin="round"
            />
        </svg>
    );
}
