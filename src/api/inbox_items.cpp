#include "store/inbox_people.h"

#include "api/inbox_view.h"
#include "api/lookups.h"
#include "api/routes.h"
#include "domain/form.h"
#include "domain/members.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

constexpr std::size_t summary_bytes_max = 1'000;
constexpr std::size_t asked_bytes_max = 64 * 1024;
constexpr double ahead_s_max = limits::timeout_s_max;

struct ListInbox {
    ProjectId project;
    std::int64_t limit = 100;
    std::string status;
    std::string type;
    std::string assignee;
    std::string search_key;
    std::optional<InboxId> after_id;
    std::string view;
    static constexpr auto params() {
        using In = ListInbox;
        return std::tuple{
            query("projectID", &In::project, "The project"),
            query("limit", &In::limit, "How many, at most 500").clamped(1, store::inbox::page_max),
            query("status", &In::status, "Only those with this status"),
            query("type", &In::type, "Only those of this type"),
            query("assignee", &In::assignee,
                  "Only those that this user is to answer; me: you; none: that nobody is to"),
            query("search_key", &In::search_key,
                  "Only those whose summary has these words, whole, in any case"),
            query("after_id", &In::after_id, "The last item of the page before this one"),
            query("view", &In::view,
                  "ui: what you can act on, open and yours or nobody's; studio: everything"),
        };
    }
};

struct OneItem {
    InboxId id;
    static constexpr auto params() { return std::tuple{path("id", &OneItem::id, "The item")}; }
};

/// Who is to answer, and until when: of a new item or an existing one.
template <class In> constexpr auto people_params() {
    return std::tuple{
        body("assignee", &In::assignee, "The user who is to answer, or me; none: whoever may"),
        body("expires_at", &In::expires_at, "Milliseconds since 1970; 0: never"),
        body("expires_in_s", &In::expires_in_s, "The same, counted from now"),
        body("on_expiry", &In::on_expiry,
             "Then: approve, reject or stop (the execution; without one the item just expires)"),
    };
}

struct CreateItem {
    ProjectId project;
    std::string type = "runtime_input";
    std::string summary;
    json::array fields;
    json::object preview_input;
    std::optional<ExecutionRef> about;
    std::string assignee;
    std::optional<double> expires_at;
    std::optional<double> expires_in_s;
    std::string on_expiry;
    bool four_eyes = false;
    static constexpr auto params() {
        using In = CreateItem;
        return std::tuple_cat(
            std::tuple{
                query_or_body("projectID", &In::project, "The project"),
                body("type", &In::type, "runtime_input: a form; preview: may this be done?"),
                body("summary", &In::summary, "The question, in a sentence").required(),
                body("fields", &In::fields, "Of a form: its fields, as those of an action")
                    .shaped(R"({"type":"array","items":{"$ref":"#/components/schemas/Free"}})"),
                body("preview_input", &In::preview_input,
                     "Of a preview: {skill: {name, input}}, what is to be done"),
                body("execution_id", &In::about, "An execution that it is about"),
                body("four_eyes", &In::four_eyes, "Two others than you must approve")},
            people_params<In>());
    }
};

struct ChangeItem {
    InboxId id;
    std::string assignee;
    std::optional<double> expires_at;
    std::optional<double> expires_in_s;
    std::string on_expiry;
    static constexpr auto params() {
        using In = ChangeItem;
        return std::tuple_cat(std::tuple{path("id", &In::id, "The item")}, people_params<In>());
    }
};

using ItemAnswer = Answer<"InboxItem">;

/// none: nobody in particular. `me` is nobody's but a person's.
Result<UserId> assignee_from(const std::string& word, const Principal& by) {
    if (word == "none") return UserId{};
    const auto user = UserId::parse(word == "me" ? by.id : word);
    if (word == "me" && by.kind != Principal::Kind::user)
        return fail_field("assignee", "A key has no items of its own: sign in, or name a user.");
    if (!user || !*user) return fail_field("assignee", "Must be a user's id, me or none.");
    return *user;
}

/// Whose items a view shows; a key can act on what is nobody's.
UserId acting(const Principal& by) {
    if (by.kind != Principal::Kind::user) return {};
    return UserId::parse(by.id).value_or(UserId{});
}

Result<store::inbox::Filter> filter_of(const ListInbox& in, const Principal& by) {
    store::inbox::Filter filter{
        .search = in.search_key, .after = in.after_id.value_or(InboxId{}), .limit = in.limit};
    if (!in.status.empty()) {
        filter.status = inbox_status_from(in.status);
        if (!filter.status) return fail_field("status", "Is no status of an item of the inbox.");
    }
    if (!in.type.empty()) {
        filter.type = inbox_type_from(in.type);
        if (!filter.type) return fail_field("type", "Is no type of an item of the inbox.");
    }
    if (!in.assignee.empty()) filter.assignee = TRY(assignee_from(in.assignee, by));
    if (in.view == "ui")
        filter.to_do_of = acting(by);
    else if (!in.view.empty() && in.view != "studio")
        return fail_field("view", "Must be ui or studio.");
    return filter;
}

Task<Result<Answer<"InboxList">>> list(Request& rq, ListInbox in) {
    const auto filter = CO_TRY(ready(filter_of(in, rq.scope.principal)));
    const auto page = CO_TRY(
        rq.store.read([&](store::Rx& rx) { return store::inbox::list(rx, rq.scope, filter); }));
    json::array items;
    for (const InboxItem& item : page.items)
        items.push_back(inbox_item_view(item, rq.scope.project));
    co_return Answer<"InboxList">{{{"total_count", page.total},
                                   {"is_total_exact", page.is_total_exact},
                                   {"inbox_requests", std::move(items)}}};
}

Task<Result<ItemAnswer>> get(Request& rq, OneItem in) {
    const InboxItem item = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::inbox::find(rx, rq.scope, in.id); }));
    co_return ItemAnswer{inbox_item_view(item, rq.scope.project)};
}

/// None: nothing is said of it. An instant of 0: never.
template <class In> Result<std::optional<Instant>> expiry_of(const In& in, Instant now) {
    if (in.expires_at && in.expires_in_s)
        return fail_field("expires_in_s", "Cannot be given together with expires_at.");
    if (!in.expires_at && !in.expires_in_s) return std::nullopt;
    if (in.expires_at && *in.expires_at == 0) return Instant{};
    const double now_s = static_cast<double>(now.us) / 1e6;
    const double ahead_s = in.expires_at ? *in.expires_at / 1e3 - now_s : *in.expires_in_s;
    const char* field = in.expires_at ? "expires_at" : "expires_in_s";
    if (!(ahead_s > 0)) return fail_field(field, "Must lie in the future.");
    if (ahead_s > ahead_s_max) return fail_field(field, "Must lie within a year.");
    return now + microseconds(static_cast<std::int64_t>(ahead_s * 1e6));
}

Result<std::optional<OnExpiry>> outcome_of(const std::string& word) {
    if (word.empty()) return std::nullopt;
    const auto outcome = on_expiry_from(word);
    if (!outcome) return fail_field("on_expiry", "Must be approve, reject or stop.");
    return outcome;
}

Result<json::object> asked_by(const CreateItem& in, InboxType type) {
    json::object asked;
    if (type == InboxType::runtime_input) {
        const Form form = TRY(form_from_json(json::object{{"fields", in.fields}}, ""));
        asked["form"] = to_json(form);
    } else {
        const json::value* skill = in.preview_input.if_contains("skill");
        const json::value* input = skill ? find(*skill, "input") : nullptr;
        if (input && !input->is_object())
            return fail_field("preview_input.skill.input", "Must be an object.");
        asked["skill"] =
            json::object{{"name", skill ? text_or(*skill, "name") : std::string_view()},
                         {"id", ""},
                         {"input", input ? input->get_object() : json::object()}};
        if (const json::value* thoughts = in.preview_input.if_contains("thoughts"))
            if (thoughts->is_object()) asked["thoughts"] = *thoughts;
    }
    if (to_text(asked).size() <= asked_bytes_max) return asked;
    return fail(Code::too_large,
                fmt::format("What is asked may have at most {} bytes of JSON.", asked_bytes_max));
}

Result<store::inbox::Draft> draft_of(const CreateItem& in, const Principal& by, Instant now) {
    store::inbox::Draft draft{.summary = in.summary};
    const auto type = inbox_type_from(in.type);
    if (!type || (*type != InboxType::runtime_input && *type != InboxType::preview))
        return fail_field("type", "Must be runtime_input or preview.");
    if (in.summary.size() > summary_bytes_max)
        return fail_field("summary", fmt::format("Is longer than {} bytes.", summary_bytes_max));
    if (in.four_eyes && *type != InboxType::preview)
        return fail_field("four_eyes", "Is for previews: two people cannot fill in one form.");
    draft.type = *type;
    draft.asked = TRY(asked_by(in, *type));
    if (!in.assignee.empty()) draft.assignee = TRY(assignee_from(in.assignee, by));
    draft.four_eyes = in.four_eyes;
    draft.expires_at = TRY(expiry_of(in, now));
    if (draft.expires_at && *draft.expires_at == Instant{}) draft.expires_at.reset();
    draft.on_expiry = TRY(outcome_of(in.on_expiry))
    .value_or(OnExpiry::reject);
    TRY(store::inbox::check_on_expiry(*type, false, in.four_eyes, draft.on_expiry));
    return draft;
}

Task<Result<ItemAnswer>> create(Request& rq, CreateItem in) {
    auto draft = CO_TRY(ready(draft_of(in, rq.scope.principal, rq.services.clock.now())));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<ItemAnswer> {
        if (in.about) draft.about = TRY(id_of(tx, rq.scope, *in.about));
        const InboxItem item = TRY(store::inbox::create(tx, rq.scope, draft));
        rq.audited.details["type"] = to_text(item.type);
        if (item.assignee) rq.audited.details["assignee"] = item.assignee.hex();
        return ItemAnswer{inbox_item_view(item, rq.scope.project)};
    });
}

Task<Result<ItemAnswer>> change(Request& rq, ChangeItem in) {
    store::inbox::Change change;
    if (!in.assignee.empty())
        change.assignee = CO_TRY(ready(assignee_from(in.assignee, rq.scope.principal)));
    change.on_expiry = CO_TRY(ready(outcome_of(in.on_expiry)));
    if (const auto at = CO_TRY(ready(expiry_of(in, rq.services.clock.now()))))
        change.expires_at = *at == Instant{} ? std::nullopt : at;
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<ItemAnswer> {
        const InboxItem item = TRY(store::inbox::change(tx, rq.scope, in.id, change));
        rq.audited.details["assignee"] = item.assignee ? item.assignee.hex() : "";
        return ItemAnswer{inbox_item_view(item, rq.scope.project)};
    });
}

constexpr Route routes[] = {
    {http::Method::get, "/inbox", "inbox.list", needs(Role::viewer),
     "What waits for a person, and what was answered, newest first", handler<&list>},
    {http::Method::post, "/inbox/create", "inbox.create", needs(Role::operator_),
     "Ask people something that no run waits for", handler<&create>, Audit::change},
    {http::Method::get, "/inbox/{id}", "inbox.get", needs(Role::viewer), "One item of the inbox",
     handler<&get>},
    {http::Method::patch, "/inbox/{id}", "inbox.change", needs(Role::operator_),
     "Say who is to answer an open item, and until when", handler<&change>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> inbox_item_routes() { return routes; }

} // namespace weft::api
