// The result of `rehearse check`.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

struct CheckedFile {
  std::string file;     // as it was given
  std::string path;     // of the file that it names
  std::string kind;     // "scenario", "device profile", …
  std::string trouble;  // one line; empty if the file is valid
};

std::string check_table(const std::vector<CheckedFile>& files);

// {"files": [{"file", "kind" | null, "valid", "trouble" | null}]}
std::string to_json(const std::vector<CheckedFile>& files);

}  // namespace rehearse
