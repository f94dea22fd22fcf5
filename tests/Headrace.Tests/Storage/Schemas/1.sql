-- A store of schema version 1 as it was released, with a row in every table. Never edit: a changed table is a new version with a file of its own.
PRAGMA application_id = 1212437059;

CREATE TABLE store (identity TEXT NOT NULL, schema INTEGER NOT NULL) STRICT;

CREATE TABLE shard (
    id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, owner TEXT,
    batch INTEGER NOT NULL, next_job INTEGER NOT NULL, next_finish INTEGER NOT NULL, now INTEGER NOT NULL) STRICT;

CREATE TABLE job (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, method TEXT NOT NULL, version INTEGER NOT NULL, priority INTEGER NOT NULL, due INTEGER NOT NULL, deadline INTEGER,
    time_limit INTEGER NOT NULL, retries INTEGER NOT NULL, params BLOB NOT NULL, owner BLOB NOT NULL, content_type BLOB, body_bytes INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    state INTEGER NOT NULL, wanted INTEGER NOT NULL, alone INTEGER NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL, kills INTEGER NOT NULL,
    losses INTEGER NOT NULL, ran_version INTEGER NOT NULL, next_due INTEGER NOT NULL, ready_since INTEGER NOT NULL, claimed INTEGER NOT NULL,
    worker TEXT, incarnation INTEGER NOT NULL, granted INTEGER NOT NULL, reserved INTEGER NOT NULL) STRICT;

CREATE TABLE done (
    finish INTEGER PRIMARY KEY, id INTEGER NOT NULL, ended INTEGER NOT NULL, reason INTEGER NOT NULL, error_type BLOB, error_message BLOB, error_detail BLOB, error_retryable INTEGER,
    result_bytes INTEGER NOT NULL, result_type BLOB,
    received INTEGER, started INTEGER, stopped INTEGER, cpu_ms REAL, peak_bytes INTEGER, queue TEXT NOT NULL, method TEXT NOT NULL, version INTEGER NOT NULL, priority INTEGER NOT NULL, due INTEGER NOT NULL, deadline INTEGER,
    time_limit INTEGER NOT NULL, retries INTEGER NOT NULL, params BLOB NOT NULL, owner BLOB NOT NULL, content_type BLOB, body_bytes INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    state INTEGER NOT NULL, wanted INTEGER NOT NULL, alone INTEGER NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL, kills INTEGER NOT NULL,
    losses INTEGER NOT NULL, ran_version INTEGER NOT NULL, next_due INTEGER NOT NULL, ready_since INTEGER NOT NULL, claimed INTEGER NOT NULL,
    worker TEXT, incarnation INTEGER NOT NULL, granted INTEGER NOT NULL, reserved INTEGER NOT NULL) STRICT;

CREATE UNIQUE INDEX done_id ON done (id);

CREATE INDEX done_queue ON done (queue, finish);

CREATE TABLE payload (
    id INTEGER PRIMARY KEY, job INTEGER AS (id >> 1), kind INTEGER AS ((id & 1) + 1), content_type BLOB, bytes BLOB NOT NULL) STRICT;

CREATE TABLE attempt (
    job INTEGER NOT NULL, attempt INTEGER NOT NULL, worker TEXT NOT NULL, incarnation INTEGER NOT NULL, kind INTEGER NOT NULL,
    claimed INTEGER NOT NULL, ended INTEGER NOT NULL, error_type BLOB, error_message BLOB, error_detail BLOB, error_retryable INTEGER, PRIMARY KEY (job, attempt)) STRICT;

CREATE TABLE log (job INTEGER NOT NULL, attempt INTEGER NOT NULL, lines BLOB NOT NULL, PRIMARY KEY (job, attempt)) STRICT;

CREATE TABLE worker (name TEXT PRIMARY KEY, incarnation INTEGER NOT NULL, pool BLOB NOT NULL, joined INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE method (
    name TEXT NOT NULL, version INTEGER NOT NULL, schema BLOB NOT NULL, fail_when_lost INTEGER NOT NULL, exclusive INTEGER NOT NULL,
    max_kills INTEGER NOT NULL, max_losses INTEGER NOT NULL, PRIMARY KEY (name, version)) STRICT;

CREATE TABLE key (
    owner BLOB NOT NULL, queue TEXT NOT NULL, text BLOB NOT NULL, hash BLOB NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (owner, queue, text)) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
    queue TEXT NOT NULL, method TEXT NOT NULL, state INTEGER NOT NULL, jobs INTEGER NOT NULL, input_bytes INTEGER NOT NULL, result_bytes INTEGER NOT NULL,
    PRIMARY KEY (queue, method, state)) STRICT, WITHOUT ROWID;

INSERT INTO store (identity, schema) VALUES ('0123456789abcdef0123456789abcdef', 1);
INSERT INTO shard (id, epoch, owner, batch, next_job, next_finish, now) VALUES (0, 5, 'here 42', 1, 1001, 101, 1);
INSERT INTO job VALUES (1, 'eu', 'sha512', 2, -3, 1800000000000004, 1800000000000005, 6, 7, X'0800FF', X'6F776E65722039', X'746578742F782D3130', 11, 1800000000000012, 4, 3, 1, 20, 21, 22, 23, 24, 25, 26, 27, 'host-pool-1', -81985529216486896, 28, 29);
INSERT INTO done VALUES (1, 2, 30, 7, X'54797065', X'4D657373616765', X'44657461696C', 0, 31, X'746578742F782D3332', 33, 34, 35, 36.5, 37, 'eu', 'sha512', 2, -3, 1800000000000004, 1800000000000005, 6, 7, X'0800FF', X'6F776E65722039', X'746578742F782D3130', 11, 1800000000000012, 6, 3, 1, 20, 21, 22, 23, 24, 25, 26, 27, 'host-pool-1', -81985529216486896, 28, 29);
INSERT INTO payload (id, content_type, bytes) VALUES (2, X'746578742F706C61696E', X'626F6479');
INSERT INTO payload (id, content_type, bytes) VALUES (5, X'746578742F706C61696E', X'726573756C74');
INSERT INTO attempt VALUES (2, 1, 'host-pool-1', -81985529216486896, 4, 40, 41, X'54797065', X'4D657373616765', X'44657461696C', 0);
INSERT INTO log VALUES (2, 1, X'6C696E65');
INSERT INTO worker VALUES ('w', -1, X'706F6F6C001B', 50);
INSERT INTO method VALUES ('noop', 1, X'7B2274797065223A226F626A656374227D', 1, 1, 60, 61);
INSERT INTO counter VALUES ('eu', 'noop', 3, 3, 70, 71);
INSERT INTO key VALUES (X'6F776E6572', 'eu', X'6F726465722D37', X'0000000000000000000000000000002A', 2);
