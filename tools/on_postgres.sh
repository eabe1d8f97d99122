#!/usr/bin/env bash
# A test program with its stores on PostgreSQL, without the tests that can be of SQLite alone.
#
#   tools/on_postgres.sh PROGRAM [ARGUMENT…]      for example: tools/on_postgres.sh build/quick/store_test
#
# GTEST_FILTER chooses among the rest. Each line below says which tests are left out, and why.
set -euo pipefail

left_out=$(sed 's/ *#.*//' <<'TESTS' | paste -sd:
CrashMedium.*                   # a disk that crashes, below SQLite (Options::vfs)
CrashDiskTest.*
WholeWrites.*
Durability.*                    # power cuts, kills and a full disk under weft.db
Writer.*                        # the thread that writes SQLite's file
Connection.*                    # SQLite's statements, pragmas and errors
ConnectionDeathTest.*           # a damaged weft.db
Migrate.*                       # weft.db of older versions; dialects and PostgreSQL have tests of their own
Dialects.*                      # compare both databases, in the run on SQLite
Differential.*                  # all stores beside each other, in the run on SQLite
PostgresQueries.*
Queries.*                       # the texts of the queries
Store.runs_the_library_that_was_compiled_in                 # the SQLite library
Store.commits_are_synced_and_the_file_can_shrink            # pragmas of weft.db
Store.a_link_out_of_the_directory_is_not_followed           # files/ in the directory; PostgreSQL keeps the bytes itself
Store.a_short_read_is_done_where_it_is_asked_for            # Hands::caller
Store.the_caller_does_the_work
Store.what_is_abandoned_neither_happens_nor_resumes
PowerCut.*                      # a disk that crashes or refuses, below SQLite
Refusal.*
Failover.is_there_if_and_only_if_the_run_has_failed_whenever_the_power_goes
StopStorm.*                     # Hands::caller; StopRace does the same on all threads
Process.a_database_that_is_newer_foreign_cut_or_damaged      # weft.db of a newer version, cut or damaged
Process.a_full_disk_refuses_what_is_new_and_keeps_what_was_acknowledged  # a full disk under weft.db
CrashLoop.killed_at_its_writes_and_syncs_*  # those of weft.db; the database's are the server's
LargeProject.of_which_half_was_there_at_kill_9_goes_away  # other nodes let it have its time; ProjectFilling asks what then
TESTS
)

export WEFT_TEST_STORE=postgres
chosen=${GTEST_FILTER:-*}
case $chosen in
*-*) export GTEST_FILTER=$chosen:$left_out ;;
*) export GTEST_FILTER=$chosen-$left_out ;;
esac
exec "$@"
