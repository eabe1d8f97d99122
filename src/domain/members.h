#pragma once

#include "base/ids.h"
#include "domain/limits.h"
#include "json/json.h"

#include <string>
#include <vector>

namespace weft {

/// "agents.2" and "title" make "agents.2.title"; an empty first part disappears.
std::string join_path(const std::string& at, std::string_view name);
std::string join_path(const std::string& at, std::size_t index);

/// What is wrong with something a client sent: collected, so that one answer names every fault.
class Faults {
public:
    /// Those beyond `faults_max` are counted, not kept.
    void add(std::string field, std::string message);
    /// Takes over the fields of an `invalid` error.
    void add(const Error& error);
    bool empty() const { return count_ == 0; }
    /// invalid: with one FieldError per fault, when there are any.
    Result<> result() const;

private:
    std::vector<FieldError> fields_;
    std::size_t count_ = 0;
};

/// Reads the members of an object that a client sent. What is absent leaves `out` as it is, so that
/// the same code reads a whole object and applies a patch; null empties a text, a list or an id and
/// leaves numbers and flags. Members that nobody asks for are ignored. Refers to the value and the
/// faults: lives in one function.
class Members {
public:
    /// A fault when `value` is no object; every member is then absent.
    Members(const json::value& value, std::string at, Faults& faults);

    const json::value* get(std::string_view name) const;
    bool has(std::string_view name) const { return get(name) != nullptr; }
    std::string path(std::string_view name) const { return join_path(at_, name); }

    void text(std::string_view name, std::string& out, std::size_t bytes_max);
    /// One line with something in it, at most `name_bytes_max`; the blanks around it are cut.
    void name(std::string_view name, std::string& out);
    void flag(std::string_view name, bool& out);
    void number(std::string_view name, double& out, double min, double max);
    void integer(std::string_view name, std::int64_t& out, std::int64_t min, std::int64_t max);
    void texts(std::string_view name, std::vector<std::string>& out, std::size_t count_max,
               std::size_t bytes_max);
    /// What a documented member that nothing reads yet must be.
    enum class Kept { anything, flag, text, object, objects };
    /// Such a member goes into `extra` as given; null takes it out again.
    void keep(std::string_view name, Kept kind, json::object& extra);
    /// An array of objects whose members nothing reads yet.
    void objects(std::string_view name, json::array& out, std::size_t bytes_max);
    void object(std::string_view name, json::object& out, std::size_t bytes_max);

    template <class Tag> void id(std::string_view name, Id<Tag>& out) {
        if (const json::value* value = get(name)) out = id_of<Tag>(*value, path(name));
    }
    template <class Tag>
    void ids(std::string_view name, std::vector<Id<Tag>>& out, std::size_t count_max) {
        if (!has(name)) return;
        out.clear();
        each(name, count_max, [&](const json::value& item, const std::string& at) {
            if (const auto id = id_of<Tag>(item, at)) out.push_back(id);
        });
    }
    /// Calls `fn(item, path)` for each item of an array; null and absent have none.
    template <class F> void each(std::string_view name, std::size_t count_max, F fn) {
        const json::array* items = items_of(name, count_max);
        if (!items) return;
        for (std::size_t i = 0; i < items->size(); ++i) fn((*items)[i], join_path(path(name), i));
    }
    Faults& faults() { return faults_; }

private:
    bool are_objects(std::string_view name);
    template <class F> void keep_within(std::string_view name, std::size_t bytes_max, F fn) {
        if (weft::to_text(*get(name)).size() > bytes_max)
            faults_.add(path(name), fmt::format("is longer than {} bytes", bytes_max));
        else
            fn();
    }
    const json::array* items_of(std::string_view name, std::size_t count_max);
    const json::string* string_of(std::string_view name, std::size_t bytes_max);
    bool id_bytes(const json::value& value, const std::string& at, IdBytes& out);
    template <class Tag> Id<Tag> id_of(const json::value& value, const std::string& at) {
        Id<Tag> id;
        id_bytes(value, at, id.bytes);
        return id;
    }

    const json::object* object_;
    std::string at_;
    Faults& faults_;
};

/// The name without the blanks around it. invalid (at `field`): empty, too long, or with control
/// characters.
Result<std::string> checked_name(std::string_view name, const std::string& field);

/// ASCII letters in lower case; other bytes as they are.
std::string lower_ascii(std::string_view text);

} // namespace weft
