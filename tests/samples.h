#pragma once

#include "json/json.h"

#include <boost/json/array.hpp>

#include <fmt/format.h>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace weft::testing {

/// Request bodies made from the schemas of an OpenAPI document, as text, so that one place in them
/// may hold what no JSON library would write.
class Samples {
public:
    /// A place in a body: "agents.0.title"; "" is the body itself.
    struct Place {
        std::string path;
        std::set<std::string> types; ///< what the schema allows there; empty: anything
        bool is_required = false;
        bool is_id = false;
    };

    /// `ids`: what stands where an id is asked for, by the parameter's or member's name.
    Samples(const json::value& document, std::map<std::string, std::string> ids)
        : document_(document), ids_(std::move(ids)) {}

    const std::string& id(const std::string& name) const {
        const auto found = ids_.find(name);
        return found == ids_.end() ? ids_.at("") : found->second;
    }

    /// The operation's body schema, or nullptr when it reads none.
    const json::value* body_schema(std::string_view path, std::string_view method) const {
        const json::value* body = find(document_.at("paths").at(path).at(method), "requestBody");
        const json::value* media = body ? find(body->at("content"), "application/json") : nullptr;
        return media ? &media->at("schema") : nullptr;
    }

    /// A body with what is required, and `raw` at `target`, with what leads there.
    std::string body(const json::value& schema, const std::string& target = "?",
                     const std::string& raw = "") const {
        return render(schema, "", "", target, raw);
    }

    /// Every place of a body, four levels deep.
    std::vector<Place> places(const json::value& schema) const {
        std::vector<Place> all;
        collect(schema, "", true, 0, all);
        return all;
    }

    /// The schema behind references, the first one of a choice.
    const json::value& resolved(const json::value& given) const {
        const std::string_view ref = text_or(given, "$ref");
        if (!ref.empty())
            return resolved(
                document_.at("components").at("schemas").at(ref.substr(ref.rfind('/') + 1)));
        for (const char* choice : {"anyOf", "oneOf"})
            if (const json::value* all = find(given, choice)) return resolved(all->as_array()[0]);
        return given;
    }

private:
    /// Empty where anything may stand: a choice between schemas is not looked into.
    std::set<std::string> types_of(const json::value& given) const {
        if (find(given, "anyOf") || find(given, "oneOf")) return {};
        const json::value& schema = resolved(given);
        std::set<std::string> types;
        if (const json::value* type = find(schema, "type")) {
            if (type->is_string()) types.emplace(type->get_string());
            if (const json::array* several = type->if_array())
                for (const json::value& each : *several) types.emplace(each.get_string());
        } else if (find(schema, "enum")) {
            types.emplace("string");
        }
        return types;
    }

    static bool is_required(const json::value& schema, std::string_view name) {
        if (const json::value* required = find(schema, "required"))
            for (const json::value& each : required->as_array())
                if (each.as_string() == name) return true;
        return false;
    }
    static bool leads_to(const std::string& path, const std::string& target) {
        return target == path || target.starts_with(path + ".");
    }
    static std::string joined(const std::string& path, std::string_view name) {
        return path.empty() ? std::string(name) : path + "." + std::string(name);
    }

    std::string render(const json::value& given, const std::string& name, const std::string& path,
                       const std::string& target, const std::string& raw) const {
        if (path == target) return raw;
        const json::value& schema = resolved(given);
        const std::set<std::string> types = types_of(schema);
        const bool into_items = types.contains("array") && leads_to(joined(path, "0"), target);
        if (!into_items && (types.contains("object") || find(schema, "properties")))
            return render_object(schema, path, target, raw);
        if (types.contains("array")) {
            const json::value* items = find(schema, "items");
            return items ? "[" + render(*items, name, joined(path, "0"), target, raw) + "]" : "[]";
        }
        if (types.contains("integer") || types.contains("number")) return "1";
        if (types.contains("boolean")) return "true";
        return "\"" + text(schema, name) + "\"";
    }

    std::string render_object(const json::value& schema, const std::string& path,
                              const std::string& target, const std::string& raw) const {
        std::string out;
        if (const json::value* members = find(schema, "properties"))
            for (const auto& [name, member] : members->as_object()) {
                const std::string at = joined(path, name);
                if (!is_required(schema, name) && !leads_to(at, target)) continue;
                if (raw.empty() && at == target) continue; // left out
                out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", std::string_view(name),
                                   render(member, std::string(name), at, target, raw));
            }
        return "{" + out + "}";
    }

    std::string text(const json::value& schema, const std::string& name) const {
        if (const json::value* options = find(schema, "enum"))
            return std::string(options->as_array()[0].as_string());
        if (ids_.contains(name) || !text_or(schema, "pattern").empty()) return id(name);
        if (name == "model") return "weft/rehearsal";
        if (text_or(schema, "format") == "email")
            return fmt::format("sample{}.{}@example.org", ++count_, of_all_++);
        const std::string sample = fmt::format("sample {}", ++count_);
        const auto least = static_cast<std::size_t>(int_or(schema, "minLength"));
        return sample.size() < least ? sample + std::string(least - sample.size(), '.') : sample;
    }

    void collect(const json::value& given, const std::string& path, bool required, int depth,
                 std::vector<Place>& all) const {
        const json::value& schema = resolved(given);
        const bool is_id = text_or(schema, "pattern").find("{24}") != std::string_view::npos;
        all.push_back({path, types_of(given), required, is_id});
        if (depth == depth_max) return;
        if (const json::value* members = find(schema, "properties"))
            for (const auto& [name, member] : members->as_object())
                collect(member, joined(path, name), required && is_required(schema, name),
                        depth + 1, all);
        if (const json::value* items = find(schema, "items"))
            collect(*items, joined(path, "0"), false, depth + 1, all);
    }

    static constexpr int depth_max = 4;
    const json::value& document_;
    std::map<std::string, std::string> ids_; ///< "": any id of the right shape
    mutable int count_ = 0;
    static inline int of_all_ = 0; ///< an address is somebody's for ever
};

} // namespace weft::testing
