#include "tests/fuzz/door.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rehearse {

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const auto& file : files) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    texts.push_back(text.str());
  }
  return texts;
}

std::vector<std::string> seeds_of(const std::string& name) {
  return files_in(std::string(REHEARSE_SOURCE_DIR) + "/tests/fuzz/seeds/" + name);
}

void expect_sane(bool condition, const char* what) {
  if (!condition) throw std::logic_error(std::string("let through: ") + what);
}

std::vector<Door> all_doors() {
  std::vector<Door> all;
  for (auto& some : {network_doors(), profile_doors(), log_doors(), record_doors(),
                     scenario_doors(), data_doors()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace rehearse
