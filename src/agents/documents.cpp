#include "agents/documents.h"

#include "agents/forms.h"
#include "connectors/file_text.h"

namespace weft::agents {

Task<Result<std::vector<File>>> find_files(store::Store& store, const engine::Run& run,
                                           const FlowPlan& flow) {
    std::vector<File> files;
    for (const FileId& id : files_of(run, flow))
        files.push_back(CO_TRY(connectors::find_file(store, run.scope, id)));
    co_return files;
}

Task<Result<Material>> gather(store::Store& store, const engine::Run& run, const FlowPlan& flow,
                              const AgentPlan& plan) {
    Material material;
    material.files = CO_TRY(find_files(store, run, flow));
    if (material.files.empty()) co_return material;
    if (!plan.wants_documents) co_return material;
    std::int64_t bytes = 0;
    for (const File& file : material.files) bytes += file.size;
    if (bytes > document_bytes_max(plan)) {
        if (!plan.reads_pages)
            co_return fail(
                Code::too_large,
                fmt::format(
                    "The documents ({} bytes) do not fit into the window of {}, and this agent has "
                    "no skill that reads files in pages (files/read).",
                    bytes, plan.agent->llm.model));
        material.in_pages = true;
        material.page_chars = page_chars(plan);
        co_return material;
    }
    for (const File& file : material.files) {
        std::string text = CO_TRY(connectors::read_text(store, run.scope, file));
        material.documents.push_back({file.id.hex(), file.name, std::move(text)});
    }
    co_return material;
}

} // namespace weft::agents
