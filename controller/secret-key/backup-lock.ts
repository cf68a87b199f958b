/**
 * A backup takes the database first and the key file after it. So that the key of what it took is still in the file, no
 * key is dropped meanwhile: backups share this lock of PostgreSQL's, dropping has it alone.
 */
export const takeShared = 'SELECT pg_advisory_lock_shared(7031914, 1)';
export const tryAloneInTransaction = 'SELECT pg_try_advisory_xact_lock(7031914, 1) AS taken';
