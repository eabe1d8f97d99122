-- Mail on its way out, one of each kind about a thing. about: an invitation's id, or the address that forgot its password.
-- sealed: to whom, subject and text, under the master key; empty once it is sent or given up. state: 0 waiting, 1 sent,
-- 2 given up, 3 never meant to be sent. next_try_at: also until when the one who sends it has it for himself.
CREATE TABLE mail (
    kind @i64 NOT NULL,
    about @text NOT NULL,
    message @text NOT NULL UNIQUE,
    state @i64 NOT NULL,
    sealed @blob NOT NULL,
    attempts @i64 NOT NULL,
    failure @text NOT NULL,
    created_at @i64 NOT NULL,
    next_try_at @i64 NOT NULL,
    expires_at @i64 NOT NULL,
    PRIMARY KEY (kind, about)
) @strict;
CREATE INDEX mail_due ON mail (state, next_try_at);
CREATE INDEX mail_by_end ON mail (expires_at);

-- Who may set a new password. email: whether there is such an account or not. way: 0 by a mail, 1 by a token that an admin
-- hands on. hash: keyed, of the token; mails: how many went out until the window ends.
CREATE TABLE password_reset (
    email @text NOT NULL,
    way @i64 NOT NULL,
    hash @blob NOT NULL UNIQUE,
    expires_at @i64 NOT NULL,
    mailed_at @i64 NOT NULL,
    mails @i64 NOT NULL,
    window_ends_at @i64 NOT NULL,
    PRIMARY KEY (email, way)
) @strict;
CREATE INDEX password_reset_by_end ON password_reset (expires_at);

-- Who signs in through another provider: its issuer and what that calls him there.
CREATE TABLE user_identity (
    issuer @text NOT NULL,
    subject @text NOT NULL,
    user_id @id NOT NULL,
    linked_at @i64 NOT NULL,
    PRIMARY KEY (issuer, subject)
) @strict;
CREATE INDEX user_identity_by_user ON user_identity (user_id);
