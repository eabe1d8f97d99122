#include "domain/package.h"

#include "base/check.h"
#include "domain/members.h"

#include <set>

namespace weft {

namespace {

constexpr std::string_view single_files[] = {"coworker.json", "skills.json", "README.md"};
constexpr std::string_view json_folders[] = {"flows/", "tables/", "forms/"};

bool is_plain_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    };
    return !name.empty() && name.front() != '.' && std::ranges::all_of(name, fits);
}

/// "flows/digest.json" in "flows/": true; "flows/a/b.json": false.
bool is_in(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && is_plain_name(path.substr(folder.size()));
}

Result<> check_sizes(const std::map<std::string, std::string>& files) {
    if (files.size() > limits::package_files_max)
        return fail(Code::too_large,
                    fmt::format("A package holds at most {} files.", limits::package_files_max));
    std::size_t total = 0;
    for (const auto& [path, text] : files) {
        if (!is_package_path(path))
            return fail_field(path.substr(0, limits::package_path_bytes_max),
                              "does not belong into a package");
        total += text.size();
        if (text.size() > limits::package_file_bytes_max || total > limits::package_bytes_max)
            return fail(Code::too_large,
                        fmt::format("{}: a package's file holds at most {} bytes, all together {}.",
                                    path, limits::package_file_bytes_max,
                                    limits::package_bytes_max));
    }
    return {};
}

Result<json::value> parse_file(const std::string& path, const std::string& text) {
    auto parsed = parse_json(text);
    if (!parsed) parsed.error().message = path + ": " + parsed.error().message;
    return parsed;
}

bool is_version(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '+';
    };
    return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
           text.find('.') != std::string_view::npos && std::ranges::all_of(text, fits);
}

Result<> read_coworker(const json::value& value, Package& package) {
    Faults faults;
    Members members(value, "coworker.json", faults);
    TRY(faults.result());
    members.name("name", package.name);
    members.text("version", package.version, limits::name_bytes_max);
    members.text("category", package.category, limits::name_bytes_max);
    members.text("role", package.role, limits::text_bytes_max);
    members.text("description", package.description, limits::text_bytes_max);
    members.texts("permissions", package.permissions, limits::fields_per_schema_max,
                  limits::name_bytes_max);
    members.text("entry_flow", package.entry_flow, limits::name_bytes_max);
    for (const std::string_view name : {"name", "entry_flow"})
        if (!members.has(name)) faults.add(members.path(name), "is missing");
    if (!is_version(package.version))
        faults.add(members.path("version"), "must be a version such as 1.0.0");
    return faults.result();
}

/// {"name", "category", "actions": [{"sort": …}]}: an action's category is its skill's unless it
/// says otherwise.
json::value with_categories(const json::value& skill) {
    json::value copy = skill;
    const std::string category(text_or(skill, "category"));
    json::object* object = copy.if_object();
    json::value* member = object ? object->if_contains("actions") : nullptr;
    json::array* actions = member ? member->if_array() : nullptr;
    if (!actions || category.empty()) return copy;
    for (json::value& action : *actions)
        if (json::object* fields = action.if_object(); fields && !fields->contains("category"))
            (*fields)["category"] = category;
    return copy;
}

Result<Skill> read_skill(const json::value& value, const std::string& at) {
    Skill skill = TRY(skill_from_json(with_categories(value), at));
    if (skill.actions.empty()) return fail_field(join_path(at, "actions"), "is missing");
    skill.connector_name = skill.actions.front().category;
    for (const Action& action : skill.actions)
        if (action.category != skill.connector_name)
            return fail_field(join_path(at, "actions"), "must all be of one category");
    skill.id = {};
    skill.connector = {};
    for (Action& action : skill.actions) action.id.clear();
    return skill;
}

Result<> read_skills(const json::value& value, Package& package) {
    const std::string at = "skills.json";
    const json::array* array = value.if_array();
    if (!array) return fail_field(at, "must be an array of skills");
    std::set<std::string> names;
    for (std::size_t i = 0; i < array->size(); ++i) {
        package.skills.push_back(TRY(read_skill((*array)[i], join_path(at, i))));
        if (!names.insert(package.skills.back().name).second)
            return fail_field(join_path(at, i), "has the name of another skill");
    }
    return {};
}

Result<> read_table(const std::string& path, const json::value& value, Package& package) {
    Table table = TRY(table_from_json(value, path));
    for (const Table& other : package.tables)
        if (other.name == table.name) return fail_field(path, "has the name of another table");
    package.tables.push_back(std::move(table));
    return {};
}

Result<> read_flow(const std::string& path, json::value value, Package& package) {
    const std::string name = TRY(checked_name(text_or(value, "name"), path + ".name"));
    for (const PackageFlow& other : package.flows)
        if (other.name == name) return fail_field(path, "has the name of another flow");
    package.flows.push_back({path, name, std::move(value)});
    return {};
}

/// Puts the file in front of the fields of an error inside it.
Error located(Error error, const std::string& path) {
    for (FieldError& field : error.fields) field.field = join_path(path, field.field);
    error.message = path + ": " + error.message;
    return error;
}

/// That every flow can be saved, with ids that stand for those of the installation.
Result<> check_flows(const Package& package) {
    std::map<std::string, SkillId> skills;
    for (const Skill& skill : package.skills) skills[skill.name].bytes = {1};
    std::uint32_t count = 0;
    const auto mint = [&] {
        ++count;
        AgentId id;
        for (int i = 0; i < 4; ++i) id.bytes[11 - i] = static_cast<std::uint8_t>(count >> (8 * i));
        return id;
    };
    for (const PackageFlow& flow : package.flows)
        if (auto read = agentflow_from_package(flow, skills, mint); !read)
            return std::unexpected(std::move(read).error());
    const auto is_entry = [&](const PackageFlow& flow) { return flow.name == package.entry_flow; };
    if (std::ranges::none_of(package.flows, is_entry))
        return fail_field("coworker.json.entry_flow", "names no flow of this package");
    return {};
}

Result<> read_file(const std::string& path, const std::string& text, Package& package) {
    if (path.starts_with("sample/")) {
        package.samples.push_back(path);
        return {};
    }
    if (path == "README.md") return {};
    json::value value = TRY(parse_file(path, text));
    if (path == "coworker.json") return read_coworker(value, package);
    if (path == "skills.json") return read_skills(value, package);
    if (path.starts_with("tables/")) return read_table(path, value, package);
    if (path.starts_with("flows/")) return read_flow(path, std::move(value), package);
    return {}; // forms/: valid JSON is all that is asked
}

/// The names in an agent's `skills` become ids.
Result<> name_to_ids(json::value& agent, const std::map<std::string, SkillId>& skills,
                     const std::string& at) {
    json::object* object = agent.if_object();
    json::value* member = object ? object->if_contains("skills") : nullptr;
    json::array* names = member ? member->if_array() : nullptr;
    if (!names) return {};
    for (std::size_t i = 0; i < names->size(); ++i) {
        const json::string* name = (*names)[i].if_string();
        const auto found = name ? skills.find(std::string(*name)) : skills.end();
        if (found == skills.end())
            return fail_field(join_path(join_path(at, "skills"), i),
                              fmt::format("names no skill of skills.json: {}",
                                          name ? std::string_view(*name) : type_name((*names)[i])));
        (*names)[i] = found->second.hex();
    }
    return {};
}

} // namespace

const PackageFlow& Package::entry() const {
    for (const PackageFlow& flow : flows)
        if (flow.name == entry_flow) return flow;
    check_failed("a package that was read has its entry flow", std::source_location::current());
}

bool is_package_path(std::string_view path) {
    if (path.size() > limits::package_path_bytes_max) return false;
    if (std::ranges::find(single_files, path) != std::end(single_files)) return true;
    for (const std::string_view folder : json_folders)
        if (is_in(path, folder) && path.ends_with(".json")) return true;
    return is_in(path, "sample/");
}

Result<Package> package_from_files(const std::map<std::string, std::string>& files) {
    TRY(check_sizes(files));
    if (!files.contains("coworker.json")) return fail_field("coworker.json", "is missing");
    Package package;
    for (const auto& [path, text] : files) TRY(read_file(path, text, package));
    TRY(check_flows(package));
    return package;
}

Result<Agentflow> agentflow_from_package(const PackageFlow& flow,
                                         const std::map<std::string, SkillId>& skills,
                                         const std::function<AgentId()>& mint) {
    json::value body = flow.body;
    json::object* object = body.if_object();
    json::value* member = object ? object->if_contains("agents") : nullptr;
    if (json::array* agents = member ? member->if_array() : nullptr)
        for (std::size_t i = 0; i < agents->size(); ++i)
            TRY(name_to_ids((*agents)[i], skills, join_path(flow.path + ".agents", i)));
    auto read = agentflow_from_json(body, mint);
    if (!read) return std::unexpected(located(std::move(read).error(), flow.path));
    if (auto resolved = resolve(*read); !resolved)
        return std::unexpected(located(std::move(resolved).error(), flow.path));
    return read;
}

} // namespace weft
