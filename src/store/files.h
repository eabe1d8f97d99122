#pragma once

#include "domain/file.h"
#include "store/store.h"

/// Files: the row here, the bytes in the data directory. A row says ready only when its bytes are
/// durable.
namespace weft::store::files {

inline constexpr std::int64_t page_max = 500;

struct Draft {
    std::string name;
    std::string media_type = {}; ///< empty: application/octet-stream
    std::vector<std::string> tags = {};
    FileId id = {}; ///< none: minted
};

/// A pending file: its bytes are still to come. invalid: the name, the tags or the media type.
Result<File> create(Tx& tx, const Scope& scope, const Draft& draft);

/// What mark_ready() is to be told of bytes that are durable.
struct Kept {
    std::int64_t size = 0;
    std::string media_type;
};
/// Takes the bytes of a pending file; mark_ready() follows. `media_type` empty: as it was created.
/// not_found: no such file in this project. conflict: it has its bytes already. too_large: beyond
/// file_bytes_max.
Task<Result<Kept>> keep_bytes(Store& store, Scope scope, FileId id, std::string bytes,
                              std::string media_type);
/// Both, in that order.
Task<Result<File>> put_bytes(Store& store, Scope scope, FileId id, std::string bytes,
                             std::string media_type);

/// not_found: no such file in this project. conflict: it is not ready; says why.
Task<Result<std::string>> get_bytes(Store& store, Scope scope, FileId id);

/// What happened to a file that is not ready yet. `pages` 0: its kind has none.
/// not_found: no such file in this project. conflict: it is ready.
Result<File> mark_ready(Tx& tx, const Scope& scope, const FileId& id, std::int64_t size,
                        const std::string& media_type, std::int64_t pages);
Result<File> mark_failed(Tx& tx, const Scope& scope, const FileId& id, const std::string& reason);

/// How many pages a ready file turned out to have. not_found.
Result<> set_pages(Tx& tx, const Scope& scope, const FileId& id, std::int64_t pages);

/// not_found: no such file in this project.
Result<File> find(Rx& rx, const Scope& scope, const FileId& id);

struct Filter {
    std::string tag = {};    ///< empty: any
    std::string search = {}; ///< a part of the name; a to z in any case
    std::int64_t limit = 50; ///< at most page_max
    std::int64_t skip = 0;
};
struct Page {
    std::vector<File> files; ///< newest first
    std::int64_t total = 0;  ///< that match the filter
};
Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter);

/// The row; the bytes are Store::remove_file's, after the commit. not_found.
Result<> remove(Tx& tx, const Scope& scope, const FileId& id);

/// Replaces them. not_found; invalid: too many, or one is no name.
Result<> set_tags(Tx& tx, const Scope& scope, const FileId& id,
                  const std::vector<std::string>& tags);

struct Tag {
    std::string name;
    std::int64_t count = 0; ///< of files
};
/// All tags of the project's files, by name.
Result<std::vector<Tag>> tags(Rx& rx, const Scope& scope);

} // namespace weft::store::files
