#include "connectors/files.h"

#include "connectors/fields.h"
#include "connectors/file_text.h"

namespace weft::connectors {

namespace {

std::vector<Action> file_actions() {
    Action read{.name = "Read a file", .category = "files", .sort = "read"};
    read.effect = EffectClass::pure;
    read.input = {
        field("file_id", "file", false, "The file's _id; the run's first file when left out."),
        field("offset", "number", false, "The character to begin at; 0 when left out."),
        field("length", "number", false,
              fmt::format("How many characters, at most {}; {} when left out.", page_chars_max,
                          page_chars_default))};
    read.output = {
        field("name", "text", true, ""), field("offset", "number", true, ""),
        field("next_offset", "number", false, "Where the next page begins; null after the last."),
        field("total", "number", true, "Characters of the whole file."),
        field("text", "text", true, "")};
    Action list{.name = "List the run's files", .category = "files", .sort = "list"};
    list.effect = EffectClass::pure;
    list.output = {field("files", "array", true, "")};
    std::vector<Action> actions;
    actions.push_back(std::move(read));
    actions.push_back(std::move(list));
    return actions;
}

Result<FileId> file_of(const ActionCall& call, const json::value& input) {
    const std::string_view given = text_or(input, "file_id");
    if (given.empty()) {
        if (call.files.empty())
            return fail_field("file_id", "is missing, and this run was given no files");
        return call.files.front();
    }
    const auto id = FileId::parse(given);
    if (!id) return fail_field("file_id", "must be a file's _id of 24 hexadecimal digits");
    return *id;
}

json::value page_json(const std::string& name, std::string_view text, std::int64_t offset,
                      std::int64_t length) {
    const std::int64_t total = characters_of(text);
    const std::int64_t from = std::min(offset, total);
    const std::int64_t end = std::min(from + length, total);
    const std::string_view rest = text.substr(byte_of(text, from));
    return json::object{{"name", name},
                        {"offset", from},
                        {"next_offset", end < total ? json::value(end) : json::value(nullptr)},
                        {"total", total},
                        {"text", rest.substr(0, byte_of(rest, end - from))}};
}

class Files final : public Connector {
public:
    explicit Files(store::Store& store) : store_(store), actions_(file_actions()) {}

    std::string_view category() const override { return "files"; }
    std::string_view display_name() const override { return "Files"; }
    std::string_view description() const override { return "Reads the project's files as text."; }
    const std::vector<Action>& actions() const override { return actions_; }

    Task<Result<json::value>> run(ActionCall call) override {
        if (call.sort == "read") co_return co_await read(std::move(call));
        if (call.sort == "list") co_return co_await list(std::move(call));
        co_return fail(Code::not_found, "There is no such action: files/" + call.sort);
    }

private:
    Task<Result<json::value>> read(ActionCall call) {
        const json::value input(call.input);
        const std::int64_t offset = int_or(input, "offset", 0);
        const std::int64_t length = int_or(input, "length", page_chars_default);
        if (offset < 0) co_return fail_field("offset", "must not be negative");
        if (length < 1 || length > page_chars_max)
            co_return fail_field("length", fmt::format("must be between 1 and {}", page_chars_max));
        const auto id = file_of(call, input);
        if (!id) co_return std::unexpected(id.error());
        const File file = CO_TRY(find_file(store_, call.scope, *id));
        const std::string text = CO_TRY(read_text(store_, call.scope, file));
        co_return page_json(file.name, text, offset, length);
    }

    Task<Result<json::value>> list(ActionCall call) {
        json::array files;
        for (const FileId& id : call.files) {
            const File file = CO_TRY(find_file(store_, call.scope, id));
            files.push_back(json::object{{"_id", file.id.hex()},
                                         {"name", file.name},
                                         {"size", file.size},
                                         {"type", file.media_type}});
        }
        co_return json::object{{"files", std::move(files)}};
    }

    store::Store& store_;
    std::vector<Action> actions_;
};

} // namespace

std::unique_ptr<Connector> make_files(store::Store& store) {
    return std::make_unique<Files>(store);
}

} // namespace weft::connectors
