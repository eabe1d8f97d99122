#include "api/route.h"

namespace weft::api {

namespace {

/// Why the handler must not see this input.
Result<> readable(const Result<>& body, const DecodeErrors& errors) {
    TRY(body);
    return errors.result();
}

/// A project that could not be found out because what would name it is unreadable: then that is
/// what the client has to mend.
Result<> told(const Request& rq, Role at_least, Result<> entered, const Result<>& readable) {
    if (entered || entered.error().code != Code::invalid || readable) return entered;
    TRY(rq.require_role(at_least));
    return readable;
}

/// With none named, the oldest.
Task<Result<>> enter_some_project(Request& rq, Access access, ProjectHint hint) {
    if (!hint.project && !hint.ordinal)
        hint.project = CO_TRY(rq.services.authenticator.oldest_project(rq.holder));
    co_return co_await rq.enter_project(hint, access);
}

} // namespace

Task<Result<>> admit(Request& rq, Access access, ProjectHint hint, const Result<>& body,
                     const DecodeErrors& errors) {
    if (errors.no_such_path_id) co_return errors.result();
    const Result<> input = readable(body, errors);
    Result<> in;
    if (access.kind == Access::Kind::project)
        in = told(rq, access.role, co_await rq.enter_project(hint, access), input);
    else if (access.kind == Access::Kind::some_project)
        in = co_await enter_some_project(rq, access, hint);
    else if (access.kind == Access::Kind::whole_organization && rq.holder.project)
        in = fail(Code::forbidden, "A key of one project may not do that.");
    else if (access.kind != Access::Kind::everybody)
        in = rq.require_role(access.role);
    co_return in ? input : in;
}

} // namespace weft::api
