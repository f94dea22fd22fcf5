-- A store of schema version 6 as it was released, with a row in every table. Never edit: a changed table is a new version with a file of its own.
PRAGMA application_id = 1212437059;

CREATE TABLE store (identity TEXT NOT NULL, schema INTEGER NOT NULL) STRICT;

CREATE TABLE shard (
    id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, owner TEXT,
    batch INTEGER NOT NULL, next_job INTEGER NOT NULL, next_completion_number INTEGER NOT NULL, committed_at INTEGER NOT NULL,
    next_registry_version INTEGER NOT NULL DEFAULT 1) STRICT;

CREATE TABLE job (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, method TEXT NOT NULL, version INTEGER NOT NULL, priority INTEGER NOT NULL, scheduled_at INTEGER NOT NULL, deadline INTEGER,
    time_limit INTEGER NOT NULL, retries INTEGER NOT NULL, params BLOB NOT NULL, owner BLOB NOT NULL, content_type BLOB, body_bytes INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    state INTEGER NOT NULL, stop_request INTEGER NOT NULL, isolated INTEGER NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL, worker_crashes INTEGER NOT NULL,
    lost_leases INTEGER NOT NULL, ran_version INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL, ready_since INTEGER NOT NULL, claimed INTEGER NOT NULL,
    worker TEXT, incarnation INTEGER NOT NULL, exchange_number INTEGER NOT NULL, reserved_bytes INTEGER NOT NULL, input_sha256 BLOB, input BLOB, tags BLOB, traceparent BLOB, payload_params_bytes INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE completed_job (
    completion_number INTEGER PRIMARY KEY, id INTEGER NOT NULL, ended INTEGER NOT NULL, reason INTEGER NOT NULL, error_type BLOB, error_message BLOB, error_detail BLOB, error_retryable INTEGER,
    result_bytes INTEGER NOT NULL, result_type BLOB,
    received INTEGER, started INTEGER, attempt_ended INTEGER, cpu_ms REAL, peak_bytes INTEGER, queue TEXT NOT NULL, method TEXT NOT NULL, version INTEGER NOT NULL, priority INTEGER NOT NULL, scheduled_at INTEGER NOT NULL, deadline INTEGER,
    time_limit INTEGER NOT NULL, retries INTEGER NOT NULL, params BLOB NOT NULL, owner BLOB NOT NULL, content_type BLOB, body_bytes INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    state INTEGER NOT NULL, stop_request INTEGER NOT NULL, isolated INTEGER NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL, worker_crashes INTEGER NOT NULL,
    lost_leases INTEGER NOT NULL, ran_version INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL, ready_since INTEGER NOT NULL, claimed INTEGER NOT NULL,
    worker TEXT, incarnation INTEGER NOT NULL, exchange_number INTEGER NOT NULL, reserved_bytes INTEGER NOT NULL, input_sha256 BLOB, input BLOB, result_sha256 BLOB, result BLOB, tags BLOB, traceparent BLOB, payload_params_bytes INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE payload (
    id INTEGER PRIMARY KEY, job INTEGER AS (id >> 1), kind INTEGER AS ((id & 1) + 1), content_type BLOB, bytes BLOB NOT NULL, sha256 BLOB) STRICT;

CREATE TABLE attempt (
    job INTEGER NOT NULL, attempt INTEGER NOT NULL, worker TEXT NOT NULL, incarnation INTEGER NOT NULL, kind INTEGER NOT NULL,
    claimed INTEGER NOT NULL, ended INTEGER NOT NULL, error_type BLOB, error_message BLOB, error_detail BLOB, error_retryable INTEGER, PRIMARY KEY (job, attempt)) STRICT;

CREATE TABLE log (job INTEGER NOT NULL, attempt INTEGER NOT NULL, lines BLOB NOT NULL, PRIMARY KEY (job, attempt)) STRICT;

CREATE TABLE worker (name TEXT PRIMARY KEY, incarnation INTEGER NOT NULL, pool BLOB NOT NULL, joined INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE method (
    name TEXT NOT NULL, version INTEGER NOT NULL, schema BLOB NOT NULL, fail_when_lost INTEGER NOT NULL, exclusive INTEGER NOT NULL,
    max_worker_crashes INTEGER NOT NULL, max_lost_leases INTEGER NOT NULL, result_schema BLOB NOT NULL DEFAULT x'', slots INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (name, version)) STRICT;

CREATE TABLE idempotency_key (
    owner BLOB NOT NULL, queue TEXT NOT NULL, text BLOB NOT NULL, hash BLOB NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (owner, queue, text)) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
    shard INTEGER NOT NULL, queue TEXT NOT NULL, method TEXT NOT NULL, state INTEGER NOT NULL,
    jobs INTEGER NOT NULL, input_bytes INTEGER NOT NULL, result_bytes INTEGER NOT NULL,
    PRIMARY KEY (shard, queue, method, state)) STRICT, WITHOUT ROWID;

CREATE TABLE feed (
    shard INTEGER NOT NULL, name TEXT NOT NULL, queue TEXT NOT NULL, first_completion_number INTEGER NOT NULL,
    PRIMARY KEY (shard, name)) STRICT, WITHOUT ROWID;

CREATE TABLE feed_range (
    shard INTEGER NOT NULL, feed TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (shard, feed, first)) STRICT, WITHOUT ROWID;

CREATE TABLE registry_document (
    kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, job INTEGER, json BLOB NOT NULL,
    PRIMARY KEY (kind, id)) STRICT;

CREATE TABLE registry_record (
    kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, job INTEGER, json BLOB NOT NULL,
    PRIMARY KEY (kind, id)) STRICT;

CREATE UNIQUE INDEX done_id ON completed_job (id);

CREATE INDEX done_queue ON completed_job (queue, completion_number);

CREATE INDEX idempotency_key_job ON idempotency_key (job);

CREATE INDEX unsuccessful_of_queue ON completed_job (queue, completion_number) WHERE state != 5;

INSERT INTO store VALUES ('0123456789abcdef0123456789abcdef', 6);
INSERT INTO shard VALUES (0, 5, 'here 42', 1, 1001, 101, 1, 93);
INSERT INTO job VALUES (1, 'eu', 'sha512', 2, -3, 1800000000000004, 1800000000000005, 6, 7, X'0800FF', X'6F776E65722039', X'746578742F782D3130', 11, 1800000000000012, 4, 3, 1, 20, 21, 22, 23, 24, 25, 26, 27, 'host-pool-1', -81985529216486896, 28, 29, NULL, NULL, X'5B2261205C2231345C22222C2262203133225D', X'30302D31352D31362D3031', 17);
INSERT INTO completed_job VALUES (1, 2, 30, 7, X'54797065', X'4D657373616765', X'44657461696C', 0, 31, X'746578742F782D3332', 33, 34, 35, 36.5, 37, 'eu', 'sha512', 2, -3, 1800000000000004, 1800000000000005, 6, 7, X'0800FF', X'6F776E65722039', X'746578742F782D3130', 11, 1800000000000012, 6, 3, 1, 20, 21, 22, 23, 24, 25, 26, 27, 'host-pool-1', -81985529216486896, 28, 29, NULL, NULL, NULL, NULL, X'5B2261205C2231345C22222C2262203133225D', X'30302D31352D31362D3031', 17);
INSERT INTO payload VALUES (2, X'746578742F706C61696E', X'626F6479', X'230D8358DC8E8890B4C58DEEB62912EE2F20357AE92A5CC861B98E68FE31ACB5');
INSERT INTO payload VALUES (5, X'746578742F706C61696E', X'726573756C74', X'F6A214F7A5FCDA0C2CEE9660B7FC29F5649E3C68AAD48E20E950137C98913A68');
INSERT INTO attempt VALUES (2, 1, 'host-pool-1', -81985529216486896, 4, 40, 41, X'54797065', X'4D657373616765', X'44657461696C', 0);
INSERT INTO log VALUES (2, 1, X'6C696E65');
INSERT INTO worker VALUES ('w', -1, X'706F6F6C001B', 50);
INSERT INTO method VALUES ('noop', 1, X'7B2274797065223A226F626A656374227D', 1, 1, 60, 61, X'7B2274797065223A22737472696E67227D', 62);
INSERT INTO idempotency_key VALUES (X'6F776E6572', 'eu', X'6F726465722D37', X'0000000000000000000000000000002A', 2);
INSERT INTO counter VALUES (0, 'eu', 'noop', 3, 3, 70, 71);
INSERT INTO feed VALUES (0, 'latest', 'eu', 80);
INSERT INTO feed_range VALUES (0, 'latest', 81, 82);
INSERT INTO registry_document VALUES ('user', 'a@example.com', 91, 1, X'7B2261223A39307D');
INSERT INTO registry_record VALUES ('audit', '0000000000000092', 92, NULL, X'7B2261223A39327D');
