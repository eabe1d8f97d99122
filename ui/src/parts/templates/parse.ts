// Reads the template language (docs/templates.md) as far as a person needs while writing: which values are used, where,
// and what is wrong. What a template prints, only the server says.

export type PathUse = {
    /** agents, "Fact checker", text */
    keys: string[];
    from: number;
    to: number;
    /** A default in the same pipe replaces it when it is missing. */
    has_default: boolean;
};
export type TemplateProblem = { from: number; to: number; code: ProblemCode; word: string };
export type ProblemCode = 'unclosed' | 'syntax' | 'filter' | 'string';
export type Span = { from: number; to: number; kind: 'brace' | 'string' | 'number' | 'word' | 'filter' | 'path' };
export type Parsed = { paths: PathUse[]; problems: TemplateProblem[]; spans: Span[] };

export const filters = [
    'default',
    'upper',
    'lower',
    'trim',
    'length',
    'first',
    'last',
    'join',
    'json',
    'date',
    'round',
    'truncate',
] as const;
const operators = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', 'contains', 'matches']);
const words = new Set(['and', 'or', 'not', 'in', 'contains', 'matches', 'true', 'false', 'null']);
const literals = new Set(['true', 'false', 'null']);

type Token = { type: 'name' | 'string' | 'number' | 'sign' | 'end'; text: string; from: number; to: number };

const token_pattern =
    /\s+|([\p{L}_][\p{L}\p{N}_]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(==|!=|<=|>=|[<>|().,[\]])/uy;

class Mistake extends Error {
    readonly problem: TemplateProblem;
    constructor(problem: TemplateProblem) {
        super(problem.code);
        this.problem = problem;
    }
}

function tokensIn(text: string, from: number, to: number): Token[] {
    const found: Token[] = [];
    let at = from;
    while (at < to) {
        token_pattern.lastIndex = at;
        const match = token_pattern.exec(text);
        if (!match || match.index + match[0].length > to) {
            const code = /["']/.test(text[at] ?? '') ? 'string' : 'syntax';
            throw new Mistake({ from: at, to: code === 'string' ? to : at + 1, code, word: text[at] ?? '' });
        }
        const [whole, name, string, number, sign] = match;
        const place = { text: whole, from: at, to: at + whole.length };
        if (name) found.push({ type: 'name', ...place });
        else if (string) found.push({ type: 'string', ...place });
        else if (number) found.push({ type: 'number', ...place });
        else if (sign) found.push({ type: 'sign', ...place });
        at += whole.length;
    }
    found.push({ type: 'end', text: '', from: to, to });
    return found;
}

/** One expression, by recursive descent along the grammar. */
class Reader {
    private at = 0;
    private readonly tokens: Token[];
    private readonly into: Parsed;

    constructor(tokens: Token[], into: Parsed) {
        this.tokens = tokens;
        this.into = into;
    }

    readWhole() {
        this.readOr();
        if (this.next.type !== 'end') this.fail();
    }

    private get next(): Token {
        return this.tokens[this.at] as Token;
    }
    private take(): Token {
        const token = this.next;
        if (token.type !== 'end') ++this.at;
        return token;
    }
    private takeIf(text: string): boolean {
        if (this.next.text !== text || this.next.type === 'string') return false;
        this.mark(this.take(), /^\w/.test(text) ? 'word' : undefined);
        return true;
    }
    private fail(token = this.next): never {
        const to = Math.max(token.to, token.from + 1);
        throw new Mistake({ from: token.from, to, code: 'syntax', word: token.text });
    }
    private mark({ from, to }: Token, kind?: Span['kind']) {
        if (kind) this.into.spans.push({ from, to, kind });
    }

    private readOr() {
        do this.readAnd();
        while (this.takeIf('or'));
    }
    private readAnd() {
        do {
            this.takeIf('not');
            this.readComparison();
        } while (this.takeIf('and'));
    }
    private readComparison() {
        this.readPipe();
        if (this.next.type === 'string' || !operators.has(this.next.text)) return;
        this.mark(this.take(), 'word');
        this.readPipe();
    }
    private readPipe() {
        const first_path = this.into.paths.length;
        this.readAtom();
        const last_path = this.into.paths.length;
        while (this.takeIf('|')) {
            const name = this.take();
            if (name.type !== 'name') this.fail(name);
            if (!(filters as readonly string[]).includes(name.text))
                throw new Mistake({ from: name.from, to: name.to, code: 'filter', word: name.text });
            this.mark(name, 'filter');
            if (name.text === 'default')
                for (const use of this.into.paths.slice(first_path, last_path)) use.has_default = true;
            if (this.takeIf('(')) this.readArguments();
        }
    }
    private readArguments() {
        do {
            const literal = this.take();
            if (literal.type === 'string' || literal.type === 'number') this.mark(literal, literal.type);
            else if (literals.has(literal.text)) this.mark(literal, 'word');
            else this.fail(literal);
        } while (this.takeIf(','));
        if (!this.takeIf(')')) this.fail();
    }
    private readAtom() {
        const token = this.take();
        if (token.type === 'string' || token.type === 'number') return this.mark(token, token.type);
        if (token.text === '(') {
            this.readOr();
            if (!this.takeIf(')')) this.fail();
            return;
        }
        if (token.type !== 'name') this.fail(token);
        if (literals.has(token.text)) return this.mark(token, 'word');
        if (words.has(token.text)) this.fail(token);
        this.readPath(token);
    }
    private readPath(first: Token) {
        const keys = [first.text];
        let to = first.to;
        for (;;) {
            if (this.takeIf('.')) {
                const name = this.take();
                if (name.type !== 'name') this.fail(name);
                keys.push(name.text);
                to = name.to;
            } else if (this.takeIf('[')) {
                const key = this.take();
                if (key.type === 'string') keys.push(key.text.slice(1, -1));
                else if (key.type === 'number') keys.push(key.text);
                else this.fail(key);
                to = this.next.to;
                if (!this.takeIf(']')) this.fail();
            } else break;
        }
        this.into.paths.push({ keys, from: first.from, to, has_default: false });
        this.into.spans.push({ from: first.from, to, kind: 'path' });
    }
}

/** Where the expression that begins at `from` ends: at the first }} outside of strings. */
function endOf(text: string, from: number): number {
    let quote = '';
    for (let at = from; at < text.length; ++at) {
        const letter = text[at];
        if (quote) {
            if (letter === '\\') ++at;
            else if (letter === quote) quote = '';
        } else if (letter === '"' || letter === "'") quote = letter;
        else if (text.startsWith('}}', at)) return at;
    }
    return -1;
}

export function parseTemplate(text: string): Parsed {
    const found: Parsed = { paths: [], problems: [], spans: [] };
    let at = text.indexOf('{{');
    while (at >= 0) {
        if (text.startsWith('{{{{', at)) {
            at = text.indexOf('{{', at + 4);
            continue;
        }
        const end = endOf(text, at + 2);
        if (end < 0) {
            const line_end = text.indexOf('\n', at);
            const to = line_end < 0 ? text.length : line_end;
            found.problems.push({ from: at, to, code: 'unclosed', word: '{{' });
            break;
        }
        found.spans.push({ from: at, to: at + 2, kind: 'brace' }, { from: end, to: end + 2, kind: 'brace' });
        try {
            new Reader(tokensIn(text, at + 2, end), found).readWhole();
        } catch (mistake) {
            if (!(mistake instanceof Mistake)) throw mistake;
            found.problems.push(mistake.problem);
        }
        at = text.indexOf('{{', end + 2);
    }
    return found;
}

/** A condition that is wholly {{ … }} is an expression, any other a sentence. */
export function isExpression(condition: string): boolean {
    const text = condition.trim();
    return text.startsWith('{{') && !text.startsWith('{{{{') && endOf(text, 2) === text.length - 2;
}

const roots = new Set(['goal', 'inputs', 'agents', 'trigger', 'files', 'now']);

/** The input variable that a path reads, if it reads one. */
export function inputOf({ keys }: PathUse): string | undefined {
    const [root, name] = keys;
    if (root === 'inputs') return name;
    return root !== undefined && !roots.has(root) ? root : undefined;
}
