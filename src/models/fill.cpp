#include "models/fill.h"

#include "domain/values.h"
#include "expr/text.h"

namespace weft::models {

namespace {

constexpr int search_depth_max = 5;

ValueKind kind_of(const Field& field) {
    return value_kind_from(field.type).value_or(ValueKind::text);
}

bool any_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

json::value text_value(std::string_view text) { return json::value(json::string(text)); }

bool is_file_id(const json::value& value) {
    const auto* text = value.if_string();
    return text && FileId::parse(std::string_view(*text)).has_value();
}

bool suits(const Field& field, const json::value& value) {
    const ValueKind kind = kind_of(field);
    if (kind == ValueKind::file) return is_file_id(value);
    return !kind_fault(kind, value);
}

bool has_pattern(const Fields& fields) {
    return std::ranges::any_of(fields, [](const Field& field) {
        return !field.pattern.empty() || !field.split.empty() || has_pattern(field.items);
    });
}

const json::value* member_named(const json::object& object, std::string_view plain) {
    for (const auto& member : object)
        if (plain_name(member.key()) == plain) return &member.value();
    return nullptr;
}

/// The members of an object that the fields know, where their types are right.
json::object project(const Fields& fields, const json::object& object) {
    json::object out;
    for (const Field& field : fields) {
        const json::value* member = member_named(object, plain_name(field.field_id));
        if (member && suits(field, *member)) out[field.field_id] = *member;
    }
    return out;
}

bool has_required(const Fields& items, const json::object& object) {
    bool some = false;
    for (const Field& item : items) {
        const json::value* member = member_named(object, plain_name(item.field_id));
        const bool there = member && suits(item, *member);
        if (item.required && !there) return false;
        some = some || there;
    }
    return some;
}

/// Whether every element is an object that the items describe.
bool is_list_of(const Fields& items, const json::value& value) {
    const auto* array = value.if_array();
    return array && !array->empty() && std::ranges::all_of(*array, [&](const json::value& each) {
               return each.is_object() && has_required(items, each.get_object());
           });
}

json::value fixed_value(const Field& field) {
    switch (kind_of(field)) {
    case ValueKind::text: return "rehearsal";
    case ValueKind::number: return 0;
    case ValueKind::boolean: return false;
    case ValueKind::date: return "2000-01-01";
    case ValueKind::array: return json::array();
    case ValueKind::object: return json::object();
    case ValueKind::file: return text_value(FileId{}.hex());
    }
    return nullptr;
}

/// Fills one set of arguments.
class Filler {
public:
    explicit Filler(const Known& known) : known_(known) {}

    /// `record`: the text that patterns are looked for in; nullptr at the top, where it is
    /// everything known.
    Result<json::object> members(const Fields& fields, const std::string_view* record) {
        json::object out;
        for (const Field& field : fields)
            if (auto value = TRY(member(field, record))) out[field.field_id] = *std::move(value);
        return out;
    }

private:
    using Found = std::optional<json::value>;

    Result<Found> member(const Field& field, const std::string_view* record) {
        const ValueKind kind = kind_of(field);
        const bool from_records = !field.split.empty() || has_pattern(field.items);
        if (kind == ValueKind::array && from_records && (record || !known_.documents.empty()))
            return list(field, record);
        if (kind == ValueKind::object && has_pattern(field.items))
            return Found(TRY(members(field.items, record)));
        if (!field.pattern.empty())
            if (Found found = TRY(by_pattern(field, record))) return found;
        if (field.pattern.empty() || !record)
            if (Found found = by_name_once(field)) return found;
        if (field.pattern.empty())
            for (const json::value& example : field.examples)
                if (suits(field, example)) return Found(example);
        if (!field.required) return Found();
        if (kind == ValueKind::object && !field.items.empty())
            return Found(TRY(members(field.items, record)));
        return Found(fixed_value(field));
    }

    Result<Found> list(const Field& field, const std::string_view* record) {
        json::array out;
        if (record) {
            TRY(append_items(out, field, *record));
        } else {
            for (const Document& document : known_.documents)
                TRY(append_items(out, field, document.text));
        }
        return Found(std::move(out));
    }

    Result<> append_items(json::array& out, const Field& field, std::string_view text) {
        std::vector<std::string_view> records{text};
        if (!field.split.empty()) records = TRY(extractor_.records(text, field.split));
        Field one = {.type = "text", .pattern = field.pattern};
        for (const std::string_view& record : records) {
            if (!field.items.empty()) {
                out.push_back(TRY(members(field.items, &record)));
            } else if (!field.pattern.empty()) {
                if (Found found = TRY(extractor_.value(one, record)))
                    out.push_back(*std::move(found));
            } else {
                out.push_back(text_value(expr::trim(record)));
            }
        }
        return {};
    }

    Result<Found> by_pattern(const Field& field, const std::string_view* record) {
        if (record) return extractor_.value(field, *record);
        std::vector<std::string_view> texts;
        for (const Document& document : known_.documents) texts.push_back(document.text);
        if (const auto* goal = facts_value("goal").if_string()) texts.push_back(*goal);
        if (const auto* inputs = facts_value("inputs").if_object())
            for (const auto& input : *inputs)
                if (const auto* text = input.value().if_string()) texts.push_back(*text);
        for (const std::string_view text : texts) {
            Found found = TRY(extractor_.value(field, text));
            const bool nothing =
                !found || *found == json::value(false) || *found == json::value(json::array());
            if (!nothing) return found;
        }
        const ValueKind kind = kind_of(field);
        if (known_.documents.empty() || (kind != ValueKind::array && kind != ValueKind::boolean))
            return Found();
        return Found(fixed_value(field));
    }

    const json::value& facts_value(std::string_view name) const {
        static const json::value none;
        const json::value* value = known_.facts.if_contains(name);
        return value ? *value : none;
    }

    /// What a name finds does not depend on the record: looked up once for each field.
    const Found& by_name_once(const Field& field) {
        const auto [slot, added] = by_name_.try_emplace(&field);
        if (added) slot->second = by_name(field);
        return slot->second;
    }

    Found by_name(const Field& field) {
        std::vector<std::string> names{plain_name(field.field_id)};
        if (!field.label.empty() && plain_name(field.label) != names[0])
            names.push_back(plain_name(field.label));
        for (const std::string& name : names)
            if (const json::value* found = search_all(field, name)) return fitted(field, *found);
        if (Found found = by_meaning(field, names[0])) return found;
        if (kind_of(field) != ValueKind::array || field.items.empty()) return {};
        const json::value* records =
            search_places([&](const json::value& place) { return records_like(field, place, 0); });
        return records ? Found(fitted(field, *records)) : Found();
    }

    json::value fitted(const Field& field, const json::value& value) const {
        if (field.items.empty()) return value;
        if (const auto* object = value.if_object()) return project(field.items, *object);
        json::array out;
        for (const json::value& each : value.as_array())
            if (const auto* object = each.if_object()) out.push_back(project(field.items, *object));
        return out;
    }

    /// The first place that has something: the inputs, the tools' answers, the agents' data.
    template <class Look> const json::value* search_places(const Look& look) const {
        if (const json::value* found = look(facts_value("inputs"))) return found;
        for (auto result = known_.results.rbegin(); result != known_.results.rend(); ++result)
            if (const json::value* found = look(*result)) return found;
        const auto* agents = facts_value("agents").if_object();
        for (std::size_t i = agents ? agents->size() : 0; i-- > 0;) {
            const auto& agent = *(agents->begin() + static_cast<std::ptrdiff_t>(i));
            const json::value* data = find(agent.value(), "data");
            if (const json::value* found = data ? look(*data) : nullptr) return found;
        }
        return nullptr;
    }

    const json::value* search_all(const Field& field, std::string_view name) const {
        if (const json::value* found = search_places(
                [&](const json::value& place) { return search(field, name, place, 0); }))
            return found;
        if (const auto* agents = facts_value("agents").if_object()) {
            const json::value* agent = member_named(*agents, name);
            const json::value* text = agent ? find(*agent, "text") : nullptr;
            if (text && suits(field, *text)) return text;
        }
        const json::value* fact = member_named(known_.facts, name);
        return fact && suits(field, *fact) ? fact : nullptr;
    }

    /// The nearest member of that name and type; of a list only the first record is looked at.
    const json::value* search(const Field& field, std::string_view name, const json::value& in,
                              int depth) const {
        if (depth > search_depth_max) return nullptr;
        if (const auto* array = in.if_array())
            return array->empty() || !array->front().is_object()
                       ? nullptr
                       : search(field, name, array->front(), depth + 1);
        const auto* object = in.if_object();
        if (!object) return nullptr;
        const json::value* member = member_named(*object, name);
        if (member && suits(field, *member)) return member;
        for (const auto& each : *object)
            if (const json::value* found = search(field, name, each.value(), depth + 1))
                return found;
        return nullptr;
    }

    const json::value* records_like(const Field& field, const json::value& in, int depth) const {
        if (depth > search_depth_max) return nullptr;
        if (is_list_of(field.items, in)) return &in;
        const auto* object = in.if_object();
        if (!object) return nullptr;
        for (const auto& each : *object)
            if (const json::value* found = records_like(field, each.value(), depth + 1))
                return found;
        return nullptr;
    }

    /// What some names say by themselves.
    Found by_meaning(const Field& field, std::string_view name) const {
        const ValueKind kind = kind_of(field);
        if (kind == ValueKind::file || any_of(name, {"fileid", "documentid"}))
            return first_file("_id");
        if (kind == ValueKind::array && any_of(name, {"files", "fileids", "documents"}) &&
            field.items.empty())
            return file_ids();
        if (kind != ValueKind::text) return {};
        if (any_of(name, {"filename", "documentname"})) return first_file("name");
        if (any_of(name, {"text", "content", "body", "message", "document", "markdown"}))
            return some_text();
        const json::value& goal = facts_value("goal");
        const bool asks =
            any_of(name, {"query", "prompt", "task", "question", "instruction", "instructions"});
        return asks && goal.is_string() && !goal.get_string().empty() ? Found(goal) : Found();
    }

    Found first_file(std::string_view member) const {
        const auto* files = facts_value("files").if_array();
        const json::value* value =
            files && !files->empty() ? find(files->front(), member) : nullptr;
        if (value && value->is_string()) return *value;
        if (known_.documents.empty()) return {};
        const Document& document = known_.documents.front();
        return text_value(member == "_id" ? document.file_id : document.name);
    }

    Found file_ids() const {
        json::array ids;
        if (const auto* files = facts_value("files").if_array())
            for (const json::value& file : *files)
                if (const json::value* id = find(file, "_id")) ids.push_back(*id);
        if (ids.empty())
            for (const Document& document : known_.documents)
                ids.push_back(text_value(document.file_id));
        return ids.empty() ? Found() : Found(std::move(ids));
    }

    Found some_text() const {
        const auto* agents = facts_value("agents").if_object();
        for (std::size_t i = agents ? agents->size() : 0; i-- > 0;) {
            const json::value* text =
                find((agents->begin() + static_cast<std::ptrdiff_t>(i))->value(), "text");
            if (text && text->is_string() && !text->get_string().empty()) return *text;
        }
        if (!known_.documents.empty()) return text_value(known_.documents.front().text);
        const json::value& goal = facts_value("goal");
        return goal.is_string() && !goal.get_string().empty() ? Found(goal) : Found();
    }

    const Known& known_;
    Extractor extractor_;
    std::map<const Field*, Found> by_name_;
};

} // namespace

std::string plain_name(std::string_view name) {
    std::string out;
    for (const char c : name)
        if (c != '_' && c != '-' && c != ' ')
            out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    return out;
}

Result<json::object> fill(const Fields& fields, const Known& known) {
    return Filler(known).members(fields, nullptr);
}

} // namespace weft::models
