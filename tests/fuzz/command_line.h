// Random command lines with damaged files: what users might type.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/fuzz/door.h"
#include "tests/fuzz/inputs.h"

namespace rehearse {

struct CommandLine {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> files;  // contents by name, in the folder where it runs

  [[nodiscard]] bool prints_json() const;
  // As a shell reads it, without the name of the program.
  [[nodiscard]] std::string text() const;
};

// Groups of arguments that can be left out: an option and its value.
std::vector<CommandLine> shorter_by_one(const CommandLine& line);

class CommandLines {
 public:
  CommandLines();

  // Equal seed and number, equal line.
  [[nodiscard]] CommandLine line(std::uint64_t seed, std::uint64_t number) const;

 private:
  std::vector<Door> doors_;
  std::map<std::string, Inputs> inputs_;
};

}  // namespace rehearse
