#pragma once

#include "http/message.h"

#include <string>
#include <string_view>

namespace weft::http {

/// The fields that sign a webhook's call as Standard Webhooks has it: webhook-id, webhook-timestamp
/// (seconds) and webhook-signature, "v1," and the HMAC-SHA256 of "id.timestamp.body" in base64.
/// `secret`: "whsec_" and base64, or any text, whose bytes are the key.
Headers signed_fields(std::string_view secret, std::string_view id, std::int64_t timestamp_s,
                      std::string_view body);

} // namespace weft::http
