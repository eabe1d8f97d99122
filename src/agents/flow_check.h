#pragma once

#include "domain/agentflow.h"

namespace weft::agents {

/// What is wrong with the templates, the conditions and the rules of a flow that is to be saved.
/// invalid: names each that does not compile, and each rule that names an agent that the flow does
/// not have. An agent that a template names is looked for when the flow runs, since agents may be
/// added and renamed one by one.
Result<> check_texts(const Agentflow& flow);

} // namespace weft::agents
