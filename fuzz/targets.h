#pragma once

#include <span>
#include <string_view>

/// What reads bytes from outside, each behind one function that takes any bytes. A target breaks a
/// CHECK (or a sanitizer's rule) when the code keeps a promise of its header no longer: the same
/// bytes in other pieces mean the same, what was written is read back as it was, a limit holds.
///
/// `./dev fuzz` lets libFuzzer make the bytes; the tests replay what lies in fuzz/corpus/NAME/,
/// where every input that ever broke something is kept.
namespace weft::fuzz {

struct Target {
    const char* name;
    void (*run)(std::string_view bytes);
};

std::span<const Target> targets();
/// nullptr: there is none of that name.
const Target* find_target(std::string_view name);

// http_targets.cpp
void http_request(std::string_view bytes);
void multipart(std::string_view bytes);
void query(std::string_view bytes);
void sse(std::string_view bytes);
void retry_after(std::string_view bytes);
void url(std::string_view bytes);
// text_targets.cpp
void json_text(std::string_view bytes);
void expr_template(std::string_view bytes);
void expr_condition(std::string_view bytes);
void date(std::string_view bytes);
// flow_targets.cpp
void agentflow(std::string_view bytes);
void skill(std::string_view bytes);
void table(std::string_view bytes);
void package(std::string_view bytes);
void project_file(std::string_view bytes);

// engine_targets.cpp
void journal(std::string_view bytes);
// model_targets.cpp
void model_answer(std::string_view bytes);

// api_targets.cpp
void request_input(std::string_view bytes);
void credential(std::string_view bytes);
void sealed(std::string_view bytes);
void record_filter(std::string_view bytes);

} // namespace weft::fuzz
