export const errors = {
    title: 'That did not work',
    connection:
        'The server does not answer. Check that Weft is running and that you are connected; the page goes on by itself.',
    forbidden: 'Ask an owner of this coworker, or an admin of your organization, for a higher role.',
    notFound: 'It may have been deleted, or it belongs to somebody else. Go back and choose another one.',
    conflict: 'Somebody or something was faster. Load the page anew and look at what is there now.',
    payment: 'A budget or the credits are used up. An owner can raise them in the settings.',
    tooMany: 'Too many calls at once. Wait a moment and try again.',
    server: 'This is the fault of the server. Try again; if it stays, give your operator this number: {request}',
    notBuilt: 'This version of Weft does not have that yet.',
    fields: 'Correct what is marked and try again.',
    page: 'The page has failed. Load it anew.',
} as const;
