#pragma once

#include "connectors/connector.h"
#include "models/call_gate.h"

namespace weft::connectors {

/// The same connector, whose actions wait for a place at the gates before its category and before
/// the account. Actions that only wait for something from outside need none.
std::unique_ptr<Connector> make_limited(std::unique_ptr<Connector> inner, models::GatesOf gates);

} // namespace weft::connectors
