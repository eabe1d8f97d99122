-- Every table that belongs to a project starts its primary key with project_id. Ids are 12 bytes,
-- times are microseconds since 1970, flags are 0 or 1, JSON is text. @clustered tables are stored
-- in the order of their key.

-- What this store knows of itself, by name.
CREATE TABLE store_info (
    name @text NOT NULL PRIMARY KEY,
    value @text NOT NULL
) @strict;

CREATE TABLE organization (
    id @id NOT NULL PRIMARY KEY,
    name @text NOT NULL,
    created_at @i64 NOT NULL
) @strict;

-- ordinal: the 24 bits that the ids of this project carry; its own id carries them too.
CREATE TABLE project (
    id @id NOT NULL PRIMARY KEY,
    organization_id @id NOT NULL,
    ordinal @i64 NOT NULL UNIQUE,
    name @text NOT NULL,
    description @text NOT NULL,
    coworker_role @text NOT NULL,
    status @text NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL
) @strict;
CREATE INDEX project_by_organization ON project (organization_id, id);

-- hash: keyed BLAKE2b-256 of the key. project_id NULL: all projects of the organization.
CREATE TABLE api_key (
    id @id NOT NULL PRIMARY KEY,
    organization_id @id NOT NULL,
    project_id @id,
    name @text NOT NULL,
    role @i64 NOT NULL,
    hash @blob NOT NULL UNIQUE,
    created_at @i64 NOT NULL,
    expires_at @i64
) @strict;
CREATE INDEX api_key_by_organization ON api_key (organization_id, id);

-- The key that encrypts a project's secrets, itself encrypted under the master key.
CREATE TABLE data_key (
    project_id @id NOT NULL PRIMARY KEY,
    sealed @blob NOT NULL,
    created_at @i64 NOT NULL
) @strict;

CREATE TABLE secret (
    project_id @id NOT NULL,
    name @text NOT NULL,
    sealed @blob NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL,
    PRIMARY KEY (project_id, name)
) @strict;

-- version_id: the newest version, whose body is the flow as it stands.
CREATE TABLE agentflow (
    project_id @id NOT NULL,
    id @id NOT NULL,
    name @text NOT NULL,
    is_active @i64 NOT NULL,
    is_deleted @i64 NOT NULL,
    version_id @id NOT NULL,
    version_number @i64 NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL,
    last_used @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;
CREATE INDEX agentflow_by_creation ON agentflow (project_id, created_at, id) WHERE is_deleted = 0;

-- Never changes. body: the whole flow as JSON, skills expanded.
CREATE TABLE agentflow_version (
    project_id @id NOT NULL,
    id @id NOT NULL,
    agentflow_id @id NOT NULL,
    number @i64 NOT NULL,
    body @text NOT NULL,
    created_by @text NOT NULL,
    created_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;
CREATE UNIQUE INDEX agentflow_version_by_number
    ON agentflow_version (project_id, agentflow_id, number);

CREATE TABLE task (
    project_id @id NOT NULL,
    id @id NOT NULL,
    want @i64 NOT NULL,
    name @text NOT NULL,
    created_by @text NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @clustered;
CREATE INDEX task_by_creator ON task (project_id, created_by, id);

-- The hot row. started = 0: nobody has let it run yet. A step that
-- goes on running changes no column that an index holds.
CREATE TABLE execution (
    project_id @id NOT NULL,
    id @id NOT NULL,
    uuid @blob NOT NULL,
    task_id @id NOT NULL,
    agentflow_id @id NOT NULL,
    state @i64 NOT NULL,
    paused_from @i64 NOT NULL,
    want @i64 NOT NULL,
    settling @i64 NOT NULL,
    owner @i64 NOT NULL,
    epoch @i64 NOT NULL,
    next_seq @i64 NOT NULL,
    started @i64 NOT NULL,
    wake_at @i64,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL,
    ended_at @i64,
    input_tokens @i64 NOT NULL,
    output_tokens @i64 NOT NULL,
    cost_micro_usd @i64 NOT NULL,
    credits_micro @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @clustered;
CREATE UNIQUE INDEX execution_by_uuid ON execution (project_id, uuid);
CREATE INDEX execution_by_task ON execution (project_id, task_id);
CREATE INDEX execution_by_agentflow ON execution (project_id, agentflow_id, id);
CREATE INDEX execution_by_state ON execution (project_id, state, id);
CREATE INDEX execution_owned ON execution (owner) WHERE owner <> 0;
CREATE INDEX execution_waking ON execution (wake_at) WHERE wake_at IS NOT NULL AND state < 3;
CREATE INDEX execution_settling ON execution (ended_at) WHERE settling = 1;

-- What an execution was started with; never changes.
CREATE TABLE execution_start (
    project_id @id NOT NULL,
    id @id NOT NULL,
    agentflow_id @id NOT NULL,
    version_id @id NOT NULL,
    goal @text NOT NULL,
    inputs @text NOT NULL,
    files @text NOT NULL,
    start_from_id @id,
    parent_id @id,
    executed_by_id @text NOT NULL,
    executed_by_name @text NOT NULL,
    executed_by_type @text NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;

-- Executions that a node may claim now, in the order in which they became ready.
CREATE TABLE ready (
    project_id @id NOT NULL,
    since @i64 NOT NULL,
    execution_id @id NOT NULL,
    PRIMARY KEY (project_id, since, execution_id)
) @clustered;
CREATE UNIQUE INDEX ready_by_execution ON ready (project_id, execution_id);

-- Append only. payload is NULL when it is a blob.
CREATE TABLE journal (
    project_id @id NOT NULL,
    execution_id @id NOT NULL,
    seq @i64 NOT NULL,
    kind @i64 NOT NULL,
    at @i64 NOT NULL,
    payload @text,
    blob_hash @blob
) @strict;
CREATE UNIQUE INDEX journal_by_execution ON journal (project_id, execution_id, seq);

CREATE TABLE ledger (
    project_id @id NOT NULL,
    id @id NOT NULL,
    execution_id @id NOT NULL,
    agent_id @id,
    agent_title @text NOT NULL,
    model @text NOT NULL,
    input_tokens @i64 NOT NULL,
    output_tokens @i64 NOT NULL,
    cost_micro_usd @i64 NOT NULL,
    credits_micro @i64 NOT NULL,
    created_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @clustered;

-- Large payloads by BLAKE2b-256 of their bytes; zstd. One project never sees that another has the
-- same.
CREATE TABLE blob (
    project_id @id NOT NULL,
    hash @blob NOT NULL,
    size @i64 NOT NULL,
    body @blob NOT NULL,
    PRIMARY KEY (project_id, hash)
) @strict;

CREATE TABLE data_table (
    project_id @id NOT NULL,
    id @id NOT NULL,
    name @text NOT NULL,
    columns @text NOT NULL,
    triggers @text NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;
CREATE UNIQUE INDEX data_table_by_name ON data_table (project_id, name);

-- body: the values by column id, as JSON.
CREATE TABLE record (
    project_id @id NOT NULL,
    table_id @id NOT NULL,
    id @id NOT NULL,
    body @text NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL,
    PRIMARY KEY (project_id, table_id, id)
) @strict;
CREATE INDEX record_by_creation ON record (project_id, table_id, created_at, id);

-- The bytes lie in the data directory's files/, written and synced before the row says ready.
CREATE TABLE file (
    project_id @id NOT NULL,
    id @id NOT NULL,
    name @text NOT NULL,
    media_type @text NOT NULL,
    size @i64 NOT NULL,
    status @i64 NOT NULL,
    reason @text NOT NULL,
    tags @text NOT NULL,
    pages @i64 NOT NULL,
    created_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;
CREATE INDEX file_by_creation ON file (project_id, created_at, id);

-- config: without its secrets, which are in `secret`.
CREATE TABLE connector (
    project_id @id NOT NULL,
    id @id NOT NULL,
    category @text NOT NULL,
    name @text NOT NULL,
    description @text NOT NULL,
    status @text NOT NULL,
    reason @text NOT NULL,
    config @text NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;
CREATE INDEX connector_by_category ON connector (project_id, category);

CREATE TABLE skill (
    project_id @id NOT NULL,
    id @id NOT NULL,
    connector_id @id,
    connector_name @text NOT NULL,
    name @text NOT NULL,
    description @text NOT NULL,
    logo @text NOT NULL,
    user_id @text,
    is_deleted @i64 NOT NULL,
    actions @text NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL,
    PRIMARY KEY (project_id, id)
) @strict;

-- Effects that carry a key and have happened, with what they answered: a repeat answers the same.
CREATE TABLE effect_done (
    project_id @id NOT NULL,
    key @text NOT NULL,
    result @text NOT NULL,
    created_at @i64 NOT NULL,
    PRIMARY KEY (project_id, key)
) @strict;
CREATE INDEX effect_done_by_age ON effect_done (created_at);
