// Every --help ends with examples; these must stay true.
#include <gtest/gtest.h>

#include <sstream>

#include "apps/command_line.h"
#include "base/error.h"
#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

std::vector<std::string> examples_of(const std::string& command) {
  std::istringstream help(run_program(command + " --help").out);
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(help, line);) {
    if (inside && line.starts_with("  rehearse ")) lines.push_back(line.substr(2));
    inside = inside || line == "Examples:";
  }
  return lines;
}

// As a shell splits them; the examples have no quotes but whole words in double ones.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words{""};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

TEST(Help, HasTwoExamplesThatParse) {
  for (const char* command : {"predict", "compare", "plan", "model", "calibrate", "train",
                              "emulate", "validate", "topology", "collective", "check", "list"}) {
    const std::vector<std::string> examples = examples_of(command);
    EXPECT_GE(examples.size(), 2U) << command;
    for (const std::string& line : examples) {
      const std::vector<std::string> words = words_of(line);
      ASSERT_GE(words.size(), 2U) << line;
      EXPECT_EQ(words[1], command) << line;
      std::vector<const char*> arguments;
      for (const std::string& word : words) arguments.push_back(word.c_str());
      EXPECT_NO_THROW(
          (void)parse_command_line(static_cast<int>(arguments.size()), arguments.data()))
          << line;
    }
  }
}

// Those that need nothing but what ships and take a moment.
TEST(Help, ExamplesRun) {
  const TemporaryFile svg("", ".svg");
  for (const std::string line :
       {"model resnet50 --batch 64", "model resnet50_strong --set model.image_size=160 --json",
        "topology infiniband-edr-fat-tree --nodes 36 --check", "check resnet50_strong --json",
        "list devices", "list scenarios --json"}) {
    const ProgramRun run = run_program(line);
    EXPECT_EQ(run.status, 0) << line << ": " << run.err;
  }
}

}  // namespace
}  // namespace rehearse
