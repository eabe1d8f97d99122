-- Compiling a statement takes longer than any of Weft's takes to run. For whoever connects as this role, from now on.
DO $do$ BEGIN
    EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET jit = off', current_database());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'jit stays as it is: %', SQLERRM;
END $do$;
