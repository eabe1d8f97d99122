/** Gives a text to whoever sits there as a file. */
export function download(name: string, type: string, text: string) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    // The browser reads it after the click has returned.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
