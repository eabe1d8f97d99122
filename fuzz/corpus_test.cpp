// Every input of the corpus through its target, without libFuzzer.
#include "fuzz/targets.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace weft::fuzz {

const std::filesystem::path corpus = WEFT_SOURCE_DIR "/fuzz/corpus";

class Corpus : public ::testing::TestWithParam<Target> {};

TEST_P(Corpus, holds) {
    std::size_t inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus / GetParam().name)) {
        SCOPED_TRACE(entry.path().string());
        // A sanitizer ends the program: its report stands below the input's name.
        RecordProperty("input", entry.path().filename().string());
        std::ifstream file(entry.path(), std::ios::binary);
        std::ostringstream bytes;
        bytes << file.rdbuf();
        EXPECT_NO_THROW(GetParam().run(bytes.view()));
        ++inputs;
    }
    EXPECT_GE(inputs, 5) << "fuzz/corpus/" << GetParam().name << " has too little in it";
    for (const std::string_view bytes : {"", "\n", "\xff", "{", "[]", "=== x\n"})
        EXPECT_NO_THROW(GetParam().run(bytes)) << bytes;
}

INSTANTIATE_TEST_SUITE_P(Targets, Corpus, ::testing::ValuesIn(targets().begin(), targets().end()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(CorpusFolder, each_has_a_target) {
    for (const auto& entry : std::filesystem::directory_iterator(corpus))
        EXPECT_TRUE(find_target(entry.path().filename().string())) << entry.path();
}

} // namespace weft::fuzz
