#include "store/jobs.h"

#include "base/log.h"

namespace weft::store {

Error shutting_down() { return {Code::unavailable, "The server is shutting down."}; }

bool run_guarded(WriteJob& job, Tx& tx) {
    try {
        return job.run(tx);
    } catch (const std::exception& broken) {
        log_error("A write broke an invariant.", {{"reason", broken.what()}});
        job.refuse(
            {Code::internal, "The server made a mistake; it has been logged.", broken.what()});
        return false;
    }
}

} // namespace weft::store
