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
Result<> enter_project(Request& rq, Role at_least, const ProjectHint& hint,
                       const Result<>& readable) {
    const auto entered = rq.enter_project(hint, at_least);
    if (entered || entered.error().code != Code::invalid || readable) return entered;
    TRY(rq.require_role(at_least));
    return readable;
}

/// With none named, the oldest.
Result<> enter_some_project(Request& rq, Role at_least, ProjectHint hint) {
    if (!hint.project && !hint.ordinal)
        hint.project = TRY(rq.services.authenticator.oldest_project(rq.holder));
    return rq.enter_project(hint, at_least);
}

} // namespace

Result<> admit(Request& rq, Access access, const ProjectHint& hint, const Result<>& body,
               const DecodeErrors& errors) {
    if (errors.no_such_path_id) return errors.result();
    const Result<> input = readable(body, errors);
    if (access.kind == Access::Kind::project)
        TRY(enter_project(rq, access.role, hint, input));
    else if (access.kind == Access::Kind::some_project)
        TRY(enter_some_project(rq, access.role, hint));
    else if (access.kind == Access::Kind::organization)
        TRY(rq.require_role(access.role));
    return input;
}

} // namespace weft::api
