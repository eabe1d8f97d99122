// Reads what an address says behind the question mark: anybody may have written it.
export const oneOf = <T extends string>(allowed: readonly T[], given: unknown) =>
    allowed.find((each) => each === given);

/** What looks like a number arrives as one. */
export const textOf = (given: unknown) =>
    typeof given === 'string' || typeof given === 'number' ? String(given) || undefined : undefined;

export const integerOf = (given: unknown, min: number) => {
    const found = Number(given);
    return given !== undefined && Number.isInteger(found) && found >= min ? found : undefined;
};

/** The first page is not written. */
export const pageOf = (given: unknown) => integerOf(given, 2);
