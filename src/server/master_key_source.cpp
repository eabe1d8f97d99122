#include "server/master_key_source.h"

#include "server/child_output.h"
#include "store/directory.h"
#include "store/master_key.h"
#include "json/json.h"

#include <sstream>
#include <system_error>

#include <boost/json/array.hpp>
#include <fcntl.h>
#include <sys/stat.h>

namespace weft::server {

namespace {

constexpr std::size_t output_bytes_max = 1'024;

std::unexpected<Error> no_key(const char* name) {
    return fail(
        Code::invalid,
        fmt::format("What {} gives is no master key: it must be 64 hexadecimal digits.", name));
}

/// The digits in `text`, which may end a line.
Result<std::string> digits_in(std::string text, const char* name) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
    if (store::MasterKey::from_hex(text)) return text;
    store::wipe(text);
    return no_key(name);
}

Result<std::string> read_file(const std::string& path, const char* name) {
    const store::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about{};
    if (!file || ::fstat(file.get(), &about) != 0)
        return fail(Code::unavailable,
                    fmt::format("The file {} that {} names cannot be read: {}.", path, name,
                                std::generic_category().message(errno)));
    if (!S_ISREG(about.st_mode) || about.st_size > static_cast<off_t>(output_bytes_max))
        return no_key(name);
    if ((about.st_mode & 077) != 0)
        return fail(Code::invalid, fmt::format("The file {} that {} names holds a master key, and "
                                               "others may read it: chmod 600 {}.",
                                               path, name, path));
    std::string bytes;
    TRY(store::read_all(file.get(), bytes));
    if (bytes.size() != store::SecretKey::size) return digits_in(std::move(bytes), name);
    const store::SecretKey key = store::SecretKey::of(bytes);
    store::wipe(bytes);
    return to_hex(key.bytes);
}

/// "/usr/bin/pass show weft", or ["/usr/bin/pass", "show", "a name with blanks"].
Result<std::vector<std::string>> words_of(const std::string& command, const char* name) {
    std::vector<std::string> words;
    if (!command.starts_with('[')) {
        std::istringstream in(command);
        for (std::string word; in >> word;) words.push_back(word);
    } else if (const auto array = parse_json(command); array && array->is_array()) {
        for (const json::value& each : array->as_array())
            if (const json::string* word = each.if_string()) words.emplace_back(*word);
        if (words.size() != array->as_array().size()) words.clear();
    }
    if (words.empty())
        return fail(Code::invalid, fmt::format("{} must be a program and its arguments: words "
                                               "between blanks, or a JSON array of texts.",
                                               name));
    return words;
}

Result<std::string> run_command(const std::string& command, const char* name) {
    const auto words = TRY(words_of(command, name));
    auto printed = output_of(words, command_ms_max, output_bytes_max);
    if (!printed) {
        printed.error().message += fmt::format(" It was to give the master key ({}).", name);
        return printed;
    }
    return digits_in(*std::move(printed), name);
}

} // namespace

MasterKeySource master_key_source(const Settings& settings) {
    return {settings.master_key,
            settings.master_key_file,
            settings.master_key_command,
            {"WEFT_MASTER_KEY", "master-key-file", "master-key-command"}};
}

Result<std::string> read_master_key(const MasterKeySource& source) {
    const int given =
        int{!source.digits.empty()} + int{!source.file.empty()} + int{!source.command.empty()};
    if (given > 1)
        return fail(Code::invalid,
                    fmt::format("The master key is given more than once: keep one of {}, {} and "
                                "{}.",
                                source.names[0], source.names[1], source.names[2]));
    if (!source.file.empty()) return read_file(source.file, source.names[1]);
    if (!source.command.empty()) return run_command(source.command, source.names[2]);
    if (source.digits.empty()) return std::string();
    return digits_in(source.digits, source.names[0]);
}

} // namespace weft::server
