#include "store/inspect.h"

#include <sqlite3.h>

namespace weft::store {

std::string sqlite_version() { return sqlite3_libversion(); }

} // namespace weft::store
