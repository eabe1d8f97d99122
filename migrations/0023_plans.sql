-- What the operator has agreed with an organization; without a row nothing is limited. overrides: JSON, limits by their name
-- that differ from the plan's. cycles_from: midnight (UTC) at which the first of the billing cycles began that count now.
CREATE TABLE organization_plan (
    organization_id @id NOT NULL PRIMARY KEY,
    plan @text NOT NULL,
    overrides @text NOT NULL,
    cycles_from @i64 NOT NULL,
    trial_ends_at @i64,
    support_ends_at @i64,
    subscription_id @text NOT NULL,
    created_at @i64 NOT NULL,
    updated_at @i64 NOT NULL
) @strict;

-- Credits that were bought beside the subscription; never changes.
CREATE TABLE credit_top_up (
    organization_id @id NOT NULL,
    id @id NOT NULL,
    credits_micro @i64 NOT NULL,
    note @text NOT NULL,
    created_at @i64 NOT NULL,
    PRIMARY KEY (organization_id, id)
) @clustered;

-- Billing cycles that are over: the sum of the ledger in each, and what of it the top-ups bore. Nothing is charged there any
-- more, so that the sums need not be made again.
CREATE TABLE credit_cycle (
    organization_id @id NOT NULL,
    begins_at @i64 NOT NULL,
    ends_at @i64 NOT NULL,
    subscription_micro @i64 NOT NULL,
    used_micro @i64 NOT NULL,
    top_up_micro @i64 NOT NULL,
    PRIMARY KEY (organization_id, begins_at)
) @clustered;

-- What projects had used whose rows were removed with them, by day since 1970: it was used all the same.
CREATE TABLE usage_removed (
    organization_id @id NOT NULL,
    day @i64 NOT NULL,
    credits_micro @i64 NOT NULL,
    executions @i64 NOT NULL,
    PRIMARY KEY (organization_id, day)
) @clustered;
