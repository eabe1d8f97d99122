#pragma once

#include "tests/support/fault_server.h"

#include <string>
#include <vector>

namespace weft::testing {

/// The events of a streamed completion, each a whole "data: …\n\n", without the closing "data:
/// [DONE]\n\n".
std::vector<std::string> completion_chunks(const Scripted& answer, bool with_usage);

/// The same answer as one `chat.completion` object.
std::string completion_object(const Scripted& answer);

} // namespace weft::testing
