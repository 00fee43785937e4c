// Files that a command writes, held against those that it reads.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

// An output that an option names; empty where it is not asked for.
struct NamedOutput {
  std::string option;  // "--trace"
  std::string path;
};

struct FilePlan {
  std::vector<std::string> in_out = {};     // names of files in the folder of --out
  std::vector<NamedOutput> elsewhere = {};  // all other files
  std::vector<std::string> inputs = {};  // files, and names of scenarios and presets; empty: none
};

// Throws Error::input if an output is one of the inputs or a file that one of them names (a device,
// a network, a stack, a data set), or if two outputs are the same file; Error::environment if the
// folder of an output is not there. `folder`: of --out, empty if that is not given.
void expect_apart(const std::string& folder, const FilePlan& plan);

// The files that a word of the command line, or a text in a file of `folder`, can stand for: a path
// or the name of a scenario or profile. Those of them that there are.
std::vector<std::string> files_behind(const std::string& word, const std::string& folder);

// Every text in a JSON file, or in JSON itself (a word that begins with '{'); nothing if it is
// none.
std::vector<std::string> texts_in(const std::string& file);

}  // namespace rehearse
