#pragma once

#include "domain/field.h"

namespace weft::connectors {

/// A field of an action's input or output, as built-in connectors describe theirs.
inline Field field(std::string id, std::string type, bool required, std::string description) {
    return {.field_id = std::move(id),
            .label = "",
            .type = std::move(type),
            .required = required,
            .description = std::move(description)};
}

} // namespace weft::connectors
