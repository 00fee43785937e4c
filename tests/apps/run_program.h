// Runs the program of the command line and keeps what it said.
#pragma once

#include <string>

namespace rehearse {

struct ProgramRun {
  int status = 0;  // exit status; 128 + signal if it died
  std::string out;
  std::string err;
};

// `arguments` are words of a shell. Colours, bars and the like are off: nothing is a terminal.
ProgramRun run_program(const std::string& arguments);

// A file of its own for this test, removed with it.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content, const std::string& suffix = ".json");
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path);  // empty if there is none

// A scenario that takes a moment: a small network on a switch of four nodes.
std::string small_scenario();

}  // namespace rehearse
