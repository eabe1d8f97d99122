#pragma once

#include "http/client.h"
#include "http/mask.h"
#include "models/answer_reader.h"

namespace weft::models {

/// Turns what went wrong into a ModelFailure: class, plain sentence, how long to wait. The key
/// never gets into a sentence, even when the server sends it back.
class Failures {
public:
    /// `provider` and `key_setting` are for sentences: "openai", "OPENAI_API_KEY".
    Failures(std::string provider, std::string key_setting, const http::Mask& mask)
        : provider_(std::move(provider)), key_setting_(std::move(key_setting)), mask_(mask) {}

    /// There was no whole HTTP answer.
    ModelFailure of_transport(const http::ClientError& error) const;
    /// An error status, or an error in the middle of a stream.
    ModelFailure of_server(const AnswerReader& answer) const;
    ModelFailure of_malformed(const std::string& what) const;
    ModelFailure of_cut_stream() const;
    /// The key must wait: nothing was sent.
    ModelFailure of_limit(milliseconds wait) const;

private:
    std::string shown(const std::string& server_text) const;
    std::string of_key(int status) const;

    std::string provider_;
    std::string key_setting_;
    const http::Mask& mask_; ///< of the key; the owner's
};

} // namespace weft::models
