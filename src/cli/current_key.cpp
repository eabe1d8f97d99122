#include "cli/current_key.h"

#include "server/master_key_source.h"
#include "store/directory.h"

#include <fcntl.h>

namespace weft::cli {

Result<store::MasterKey> current_key(const server::GatheredSettings& settings) {
    const auto digits = TRY(server::read_master_key(server::master_key_source(settings.values)));
    if (!digits.empty()) return *store::MasterKey::from_hex(digits);
    const store::Descriptor directory(
        ::open(settings.values.data.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return store::system_failure("opening the data directory");
    return store::read_key_file(directory.get(), store::KeyFile::demand);
}

} // namespace weft::cli
