export const welcome = {
    title: 'Welcome to Weft',
    lead: 'Make the first account with the key that the server showed at its first start, then sign in.',
} as const;
