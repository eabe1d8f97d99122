#include "api/lookups.h"

#include "store/executions.h"
#include "store/files.h"

namespace weft::api {

Result<ExecutionId> id_of(store::Rx& rx, const Scope& scope, const ExecutionRef& ref) {
    if (ref.id) return ref.id;
    const Execution found = TRY(store::executions::find(rx, scope, ref.uuid));
    return found.id;
}

Result<std::vector<File>> files_named(store::Rx& rx, const Scope& scope,
                                      const std::vector<FileId>& files) {
    if (files.size() > files_max)
        return fail_field("files", fmt::format("At most {} files.", files_max));
    std::vector<File> found;
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto file = store::files::find(rx, scope, files[i]);
        if (!file && file.error().code != Code::not_found) return std::unexpected(file.error());
        if (!file)
            return fail_field(fmt::format("files.{}", i), "There is no such file in this project.");
        found.push_back(std::move(*file));
    }
    return found;
}

} // namespace weft::api
