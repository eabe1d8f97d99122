#pragma once

#include <cstddef>
#include <cstdint>

/// How large the nouns may be. Sizes are bytes of UTF-8 unless the name says otherwise. Going over
/// one is `invalid` and names the field.
namespace weft::limits {

inline constexpr std::size_t name_bytes_max = 200;
inline constexpr std::size_t text_bytes_max = 16 << 10; ///< descriptions, roles, goals of a flow
inline constexpr std::size_t url_bytes_max = 4 << 10;
inline constexpr std::size_t template_bytes_max = 64 << 10;
inline constexpr std::size_t display_template_bytes_max = 256 << 10;
inline constexpr std::size_t condition_bytes_max = 4 << 10;
inline constexpr std::size_t kept_bytes_max = 64
                                              << 10; ///< one documented key that is kept as given
inline constexpr std::size_t faults_max = 50;        ///< named in one answer

inline constexpr std::size_t agents_per_flow_max = 200;
inline constexpr std::size_t skills_per_agent_max = 64;
inline constexpr std::size_t context_per_agent_max = agents_per_flow_max;
inline constexpr std::size_t conditions_per_agent_max = 64;
inline constexpr std::size_t variables_per_prompt_max = 200;
inline constexpr std::int64_t max_tokens_max = 1'000'000;
inline constexpr double temperature_max = 2;
inline constexpr std::size_t fallbacks_per_agent_max = 5;
inline constexpr std::int64_t turns_max_max = 200;
inline constexpr std::int64_t attempts_max = 20; ///< of one call, by a retry policy
inline constexpr double retry_wait_s_max = 86'400;
inline constexpr double retry_factor_max = 10;
inline constexpr double timeout_s_min = 0.1;
inline constexpr double timeout_s_max = 31'536'000; ///< a year
inline constexpr std::size_t flow_json_bytes_max =
    1 << 20; ///< with its skills; more would hold the writer for too long

inline constexpr std::size_t actions_per_skill_max = 64;
inline constexpr std::size_t preset_bytes_max = 16 << 10;
inline constexpr std::size_t fields_per_schema_max = 128;
inline constexpr std::size_t field_depth_max = 8;
inline constexpr std::size_t pattern_bytes_max = 1 << 10;
inline constexpr std::size_t examples_per_field_max = 32;
inline constexpr std::size_t example_bytes_max = 4 << 10;

inline constexpr std::size_t columns_per_table_max = 256;
inline constexpr std::size_t column_id_bytes_max = 64;
inline constexpr std::size_t enum_options_max = 1'000;
inline constexpr std::size_t object_fields_max = 128;
inline constexpr std::size_t record_bytes_max = 256 << 10;
inline constexpr std::size_t records_per_insert_max = 1'000;

inline constexpr std::size_t projects_per_organization_max = 10'000;
inline constexpr std::size_t tables_per_project_max = 1'000;
inline constexpr std::size_t skills_per_project_max = 5'000;
inline constexpr std::size_t connectors_per_project_max = 500;
inline constexpr std::size_t custom_actions_per_connector_max = 200;

inline constexpr std::size_t file_bytes_max = 64 << 20;
inline constexpr std::size_t tags_per_file_max = 64;

inline constexpr std::size_t package_files_max = 500;
inline constexpr std::size_t package_file_bytes_max = 4 << 20;
inline constexpr std::size_t package_bytes_max = 16 << 20;
inline constexpr std::size_t package_path_bytes_max = 200;

} // namespace weft::limits
