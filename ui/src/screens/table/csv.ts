// Reads CSV as RFC 4180 has it, with the delimiter that the file uses.
const delimiters = [',', ';', '\t', '|'];

/** The one that stands most often in the first line, outside of quotes. */
function delimiterOf(text: string): string {
    const line = text.slice(0, text.search(/[\r\n]|$/)).replace(/"[^"]*"/g, '');
    const counts = delimiters.map((each) => line.split(each).length);
    return delimiters[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Rows of cells. Empty lines are none. */
export function readCsv(given: string): string[][] {
    const text = given.replace(/^\uFEFF/, '');
    const delimiter = delimiterOf(text);
    const rows: string[][] = [];
    let row: string[] = [];
    let cell = '';
    let in_quotes = false;
    const endRow = () => {
        row.push(cell);
        if (row.length > 1 || cell !== '') rows.push(row);
        row = [];
        cell = '';
    };
    for (let at = 0; at < text.length; ++at) {
        const letter = text[at];
        if (in_quotes) {
            if (letter !== '"') cell += letter;
            else if (text[at + 1] === '"') {
                cell += '"';
                ++at;
            } else in_quotes = false;
        } else if (letter === '"' && cell === '') in_quotes = true;
        else if (letter === delimiter) {
            row.push(cell);
            cell = '';
        } else if (letter === '\n') endRow();
        else if (letter !== '\r') cell += letter;
    }
    if (cell !== '' || row.length > 0) endRow();
    return rows;
}

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export const writeCsv = (rows: readonly (readonly string[])[]) =>
    rows.map((row) => row.map(quoted).join(',')).join('\r\n');
