#pragma once

#include "base/result.h"

#include <boost/asio/awaitable.hpp>

namespace weft {

namespace asio = boost::asio;

/// A lazily started coroutine on an io thread. Parameters of coroutines are values, or references
/// to what outlives the task by construction.
template <class T = void> using Task = asio::awaitable<T>;

} // namespace weft
