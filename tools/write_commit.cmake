# Writes OUT, a C++ source that names the commit being built and the kind of build; only when it changed, so that
# nothing is compiled anew for nothing. Without git, or outside a checkout, the commit is "unknown".
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
    set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#include \"cli/version.h\"
namespace weft::cli {
const char* const commit = \"${commit}\";
const char* const build_type = \"${BUILD}\";
} // namespace weft::cli
")
