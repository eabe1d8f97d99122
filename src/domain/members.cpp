#include "domain/members.h"

#include <boost/json/serialize.hpp>

namespace weft {

std::string join_path(const std::string& at, std::string_view name) {
    return at.empty() ? std::string(name) : at + "." + std::string(name);
}

std::string join_path(const std::string& at, std::size_t index) {
    return join_path(at, std::to_string(index));
}

void Faults::add(std::string field, std::string message) {
    if (++count_ <= limits::faults_max) fields_.push_back({std::move(field), std::move(message)});
}

void Faults::add(const Error& error) {
    for (const FieldError& each : error.fields) add(each.field, each.message);
    if (error.fields.empty()) add("", error.message);
}

Result<> Faults::result() const {
    if (count_ == 0) return {};
    const FieldError& first = fields_.front();
    std::string message = first.field.empty() ? first.message : first.field + ": " + first.message;
    if (count_ > 1) message += fmt::format(" (and {} more)", count_ - 1);
    return std::unexpected(Error{Code::invalid, std::move(message), {}, fields_});
}

Members::Members(const json::value& value, std::string at, Faults& faults)
    : object_(value.if_object()), at_(std::move(at)), faults_(faults) {
    if (!object_) faults_.add(at_, fmt::format("must be an object, not {}", type_name(value)));
}

const json::value* Members::get(std::string_view name) const {
    return object_ ? object_->if_contains(name) : nullptr;
}

const json::string* Members::string_of(std::string_view name, std::size_t bytes_max) {
    const json::value* value = get(name);
    const json::string* text = value->if_string();
    if (!text) {
        faults_.add(path(name), fmt::format("must be a text, not {}", type_name(*value)));
    } else if (text->size() > bytes_max) {
        faults_.add(path(name), fmt::format("is longer than {} bytes", bytes_max));
    } else if (std::string_view(*text).find('\0') != std::string_view::npos) {
        faults_.add(path(name), "must not contain the character U+0000");
    } else {
        return text;
    }
    return nullptr;
}

void Members::text(std::string_view name, std::string& out, std::size_t bytes_max) {
    const json::value* value = get(name);
    if (!value) return;
    if (value->is_null()) {
        out.clear();
    } else if (const json::string* text = string_of(name, bytes_max)) {
        out.assign(text->data(), text->size());
    }
}

void Members::name(std::string_view name, std::string& out) {
    const json::value* value = get(name);
    if (!value) return;
    const json::string* text = value->if_string();
    if (!text) {
        faults_.add(path(name), fmt::format("must be a text, not {}", type_name(*value)));
        return;
    }
    if (auto checked = checked_name(*text, path(name)))
        out = *std::move(checked);
    else
        faults_.add(checked.error());
}

void Members::flag(std::string_view name, bool& out) {
    const json::value* value = get(name);
    if (!value || value->is_null()) return;
    if (const bool* flag = value->if_bool())
        out = *flag;
    else
        faults_.add(path(name), fmt::format("must be true or false, not {}", type_name(*value)));
}

void Members::number(std::string_view name, double& out, double min, double max) {
    const json::value* value = get(name);
    if (!value || value->is_null()) return;
    if (!value->is_number()) {
        faults_.add(path(name), fmt::format("must be a number, not {}", type_name(*value)));
        return;
    }
    const double number = value->to_number<double>();
    if (number >= min && number <= max)
        out = number;
    else
        faults_.add(path(name), fmt::format("must lie between {} and {}", min, max));
}

void Members::integer(std::string_view name, std::int64_t& out, std::int64_t min,
                      std::int64_t max) {
    const json::value* value = get(name);
    if (!value || value->is_null()) return;
    boost::system::error_code error;
    const auto number = value->is_number() ? value->to_number<std::int64_t>(error) : min;
    if (!value->is_number())
        faults_.add(path(name), fmt::format("must be a whole number, not {}", type_name(*value)));
    else if (error)
        faults_.add(path(name),
                    fmt::format("must be a whole number, not {}", value->to_number<double>()));
    else if (number < min || number > max)
        faults_.add(path(name), fmt::format("must lie between {} and {}", min, max));
    else
        out = number;
}

void Members::texts(std::string_view name, std::vector<std::string>& out, std::size_t count_max,
                    std::size_t bytes_max) {
    if (!has(name)) return;
    out.clear();
    each(name, count_max, [&](const json::value& item, const std::string& at) {
        const json::string* text = item.if_string();
        if (!text)
            faults_.add(at, fmt::format("must be a text, not {}", type_name(item)));
        else if (text->size() > bytes_max)
            faults_.add(at, fmt::format("is longer than {} bytes", bytes_max));
        else
            out.emplace_back(text->data(), text->size());
    });
}

void Members::keep(std::string_view name, Kept kind, json::object& extra) {
    const json::value* value = get(name);
    if (!value) return;
    if (value->is_null())
        extra.erase(name);
    else if (kind == Kept::flag && !value->is_bool())
        faults_.add(path(name), fmt::format("must be true or false, not {}", type_name(*value)));
    else if (kind == Kept::text && !value->is_string())
        faults_.add(path(name), fmt::format("must be text, not {}", type_name(*value)));
    else if (kind == Kept::object && !value->is_object())
        faults_.add(path(name), fmt::format("must be an object, not {}", type_name(*value)));
    else if (kind != Kept::objects || are_objects(name))
        keep_within(name, limits::kept_bytes_max, [&] { extra[name] = *value; });
}

bool Members::are_objects(std::string_view name) {
    const json::value& value = *get(name);
    const json::array* items = value.if_array();
    if (!items) faults_.add(path(name), fmt::format("must be an array, not {}", type_name(value)));
    bool all = items != nullptr;
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        if ((*items)[i].is_object()) continue;
        all = false;
        faults_.add(join_path(path(name), i),
                    fmt::format("must be an object, not {}", type_name((*items)[i])));
    }
    return all;
}

void Members::objects(std::string_view name, json::array& out, std::size_t bytes_max) {
    const json::value* value = get(name);
    if (!value) return;
    if (value->is_null())
        out.clear();
    else if (are_objects(name))
        keep_within(name, bytes_max, [&] { out = value->get_array(); });
}

void Members::object(std::string_view name, json::object& out, std::size_t bytes_max) {
    const json::value* value = get(name);
    if (!value) return;
    if (value->is_null())
        out.clear();
    else if (!value->is_object())
        faults_.add(path(name), fmt::format("must be an object, not {}", type_name(*value)));
    else
        keep_within(name, bytes_max, [&] { out = value->get_object(); });
}

const json::array* Members::items_of(std::string_view name, std::size_t count_max) {
    const json::value* value = get(name);
    if (!value || value->is_null()) return nullptr;
    const json::array* items = value->if_array();
    if (!items) {
        faults_.add(path(name), fmt::format("must be an array, not {}", type_name(*value)));
    } else if (items->size() > count_max) {
        faults_.add(path(name), fmt::format("has more than {} items", count_max));
        return nullptr;
    }
    return items;
}

bool Members::id_bytes(const json::value& value, const std::string& at, IdBytes& out) {
    if (value.is_null()) return true;
    const json::string* text = value.if_string();
    if (text && (text->empty() || from_hex(*text, out))) return true;
    faults_.add(at, "must be an id of 24 hexadecimal digits");
    return false;
}

Result<std::string> checked_name(std::string_view name, const std::string& field) {
    const auto first = name.find_first_not_of(" \t");
    if (first == std::string_view::npos) return fail_field(field, "must not be empty");
    name = name.substr(first, name.find_last_not_of(" \t") - first + 1);
    if (name.size() > limits::name_bytes_max)
        return fail_field(field, fmt::format("is longer than {} bytes", limits::name_bytes_max));
    for (const char c : name)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return fail_field(field, "must not contain control characters");
    return std::string(name);
}

std::string lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

} // namespace weft
