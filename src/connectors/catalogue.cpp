#include "connectors/catalogue.h"

#include "connectors/content_creator.h"
#include "connectors/files.h"
#include "connectors/flow.h"
#include "connectors/limited.h"
#include "connectors/tables.h"

namespace weft::connectors {

Connector* Catalogue::find(std::string_view category) const {
    for (const auto& connector : connectors)
        if (connector->category() == category) return connector.get();
    return nullptr;
}

Catalogue make_catalogue(store::Store& store, http::Client& client, const models::Caller& caller,
                         Clock& clock, RestfulSettings restful, models::GatesOf gates) {
    Catalogue catalogue;
    catalogue.connectors.push_back(make_tables(store));
    catalogue.connectors.push_back(make_files(store));
    catalogue.connectors.push_back(make_content_creator(caller));
    catalogue.connectors.push_back(make_flow());
    catalogue.connectors.push_back(make_restful(store, client, clock, std::move(restful)));
    if (gates)
        for (auto& each : catalogue.connectors) each = make_limited(std::move(each), gates);
    return catalogue;
}

const Action* find_action(const Catalogue& catalogue, std::string_view category,
                          std::string_view sort) {
    const Connector* connector = catalogue.find(category);
    if (!connector) return nullptr;
    for (const Action& action : connector->actions())
        if (action.sort == sort) return &action;
    return nullptr;
}

std::vector<ConnectorKind> kinds(const Catalogue& catalogue) {
    std::vector<ConnectorKind> all;
    for (const auto& connector : catalogue.connectors)
        all.push_back({.category = std::string(connector->category()),
                       .display_name = std::string(connector->display_name()),
                       .description = std::string(connector->description()),
                       .actions = connector->actions(),
                       .is_default = connector->form().empty()});
    return all;
}

} // namespace weft::connectors
