#pragma once

#include "http/client.h"
#include "http/sse_parser.h"
#include "json/json.h"

namespace weft::cli {

/// Speaks to a Weft server with one key. Lives on one io thread.
class ApiClient {
public:
    ApiClient(http::Client& client, std::string base_url, std::string api_key);

    /// The JSON answer. The error's message is the server's `detail`; unavailable: no answer at
    /// all.
    Task<Result<json::value>> get(std::string path);
    Task<Result<json::value>> post(std::string path, json::value body);
    /// Any method; a body of null is none.
    Task<Result<json::value>> call(http::Method method, std::string path, json::value body);
    /// Uploads one file as multipart/form-data.
    Task<Result<json::value>> upload(std::string path, std::string file_name, std::string bytes);

    /// Sends a text as it is.
    Task<Result<json::value>> post_text(std::string path, std::string text);
    /// Hands `on_piece` the bytes of an answer of any size, as they come. unavailable: no answer,
    /// or it was cut off.
    Task<Result<>> download(std::string path, std::function<void(std::string_view)> on_piece);

    /// Follows an event stream from `last_id` on; `on_event` gets each event. Ends when the server
    /// ends it. unavailable: the stream broke (connect again with the last id); others: the
    /// server's refusal.
    Task<Result<>> follow(std::string path, std::string last_id,
                          std::function<void(const http::SseEvent&)> on_event);

private:
    http::ClientRequest request(http::Method method, const std::string& path) const;
    Task<Result<json::value>> send(http::ClientRequest request);

    http::Client& client_;
    std::string base_url_;
    std::string api_key_;
};

} // namespace weft::cli
