#include "base/check.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "models/formats.h"

#include <fmt/format.h>

namespace weft::fuzz {

namespace {

const models::WireFormat* const formats[] = {&models::openai_format, &models::anthropic_format,
                                             &models::gemini_format, &models::ollama_format};
constexpr int statuses[] = {200, 429, 500};

models::ModelRequest asking() {
    models::ModelRequest out{.model = "m", .messages = {{.text = "Say something."}}};
    out.tools.push_back({.name = "tables_insert", .description = "d"});
    return out;
}

/// All that a caller would be told by this answer in pieces of `size`.
std::string answer_in(std::string_view body, std::size_t size, const models::WireFormat& format,
                      int status) {
    std::string streamed;
    const auto reader =
        format.reader(asking(), [&streamed](std::string_view piece) { streamed += piece; });
    reader->head(status, {});
    in_pieces(body, size, [&](std::string_view piece) { reader->body(piece); });
    reader->end();
    std::string out = fmt::format(
        "{}\n{}\n{} {}\n{}\n", streamed, reader->text(), reader->input_tokens().value_or(-1),
        reader->output_tokens().value_or(-1), reader->malformed() ? "malformed" : "");
    if (const auto* error = reader->error())
        out += fmt::format("{} {} {}\n", error->message, error->code,
                           error->retry_after.value_or(milliseconds(-1)).count());
    if (!reader->complete()) return out;
    const models::Completion completion = reader->completion();
    out += fmt::format("{} {}\n", static_cast<int>(completion.stop), completion.text);
    for (const auto& call : completion.calls)
        out += fmt::format("{} {} {}\n", call.id, call.name, to_text(call.arguments));
    return out;
}

} // namespace

/// The first byte is the provider's format and the status, the second the size of the pieces.
void model_answer(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto choice = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    const models::WireFormat& format = *formats[choice % 4];
    const int status = statuses[choice / 4 % 3];
    const std::size_t size = take_piece_size(bytes);
    CHECK(answer_in(bytes, size, format, status) ==
          answer_in(bytes, std::max<std::size_t>(1, bytes.size()), format, status));
}

} // namespace weft::fuzz
