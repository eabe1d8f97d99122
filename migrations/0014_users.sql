-- People who sign in. email: in lower case, as it is compared. password: argon2id as libsodium writes it; empty: none yet.
CREATE TABLE user_account (
    id @id NOT NULL PRIMARY KEY,
    email @text NOT NULL UNIQUE,
    name @text NOT NULL,
    password @text NOT NULL,
    created_at @i64 NOT NULL
) @strict;

-- role: 0 member, who sees the projects that he is a member of; 1 admin, who may do everything in all of them.
CREATE TABLE organization_member (
    organization_id @id NOT NULL,
    user_id @id NOT NULL,
    role @i64 NOT NULL,
    joined_at @i64 NOT NULL,
    PRIMARY KEY (organization_id, user_id)
) @strict;
CREATE INDEX organization_member_by_user ON organization_member (user_id, joined_at);

CREATE TABLE project_member (
    id @id NOT NULL PRIMARY KEY,
    project_id @id NOT NULL,
    user_id @id NOT NULL,
    role @i64 NOT NULL,
    joined_at @i64 NOT NULL
) @strict;
CREATE UNIQUE INDEX project_member_by_user ON project_member (project_id, user_id);
CREATE INDEX project_member_of_user ON project_member (user_id);

-- hash: keyed BLAKE2b-256 of the token that the browser has.
CREATE TABLE session (
    id @id NOT NULL PRIMARY KEY,
    organization_id @id NOT NULL,
    user_id @id NOT NULL,
    hash @blob NOT NULL UNIQUE,
    created_at @i64 NOT NULL,
    last_used_at @i64 NOT NULL,
    expires_at @i64 NOT NULL,
    address @text NOT NULL,
    user_agent @text NOT NULL
) @strict;
CREATE INDEX session_by_user ON session (user_id, created_at);
CREATE INDEX session_by_end ON session (expires_at);

-- Gone once it was accepted or revoked. hash: of the token in the link. into_project: also into that project, as
-- project_role says.
CREATE TABLE invitation (
    organization_id @id NOT NULL,
    id @id NOT NULL,
    email @text NOT NULL,
    role @i64 NOT NULL,
    into_project @id,
    project_role @i64 NOT NULL,
    hash @blob NOT NULL UNIQUE,
    invited_by @text NOT NULL,
    created_at @i64 NOT NULL,
    expires_at @i64 NOT NULL,
    PRIMARY KEY (organization_id, id)
) @strict;
CREATE UNIQUE INDEX invitation_by_email ON invitation (organization_id, email);
