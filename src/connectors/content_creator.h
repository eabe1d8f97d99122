#pragma once

#include "connectors/connector.h"
#include "models/caller.h"

namespace weft::connectors {

/// Category `content_creator`: needs no account.
///
///     write  keyed  {instructions, context, tone, words, model, max_tokens}
///                   → {content, model, input_tokens, output_tokens, estimated, cost_usd}
///
/// Writes a text with a language model: `model` where it is given, else the calling agent's, else
/// the default of new agents. The effect's key goes to providers that take one. What the call used
/// is counted in ActionCall::used, failed attempts too. A text that max_tokens cut off is an error
/// (too_large). The rehearsal model cannot write: its content says so.
std::unique_ptr<Connector> make_content_creator(const models::Caller& caller);

} // namespace weft::connectors
