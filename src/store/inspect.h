#pragma once

#include <string>

/// What can be said of a store from outside, without opening it.
namespace weft::store {

/// Of the SQLite that is compiled in: "3.53.1".
std::string sqlite_version();

} // namespace weft::store
