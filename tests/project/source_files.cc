#include "tests/project/source_files.h"

#include <algorithm>
#include <fstream>

namespace rehearse {
namespace {

bool skipped(const std::string& name) {
  return name == ".git" || name == ".cache" || name == "out" || name.starts_with("build");
}

std::string folder_of(const std::string& path) {
  const std::size_t first = path.find('/');
  if (first == std::string::npos) return "";
  const std::string top = path.substr(0, first);
  if (top != "tests") return top;
  const std::size_t second = path.find('/', first + 1);
  return second == std::string::npos ? "tests" : path.substr(0, second);
}

}  // namespace

std::vector<SourceFile> source_files(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  auto entry = std::filesystem::recursive_directory_iterator(root);
  for (; entry != std::filesystem::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() && skipped(name)) {
      entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file()) continue;
    SourceFile file;
    file.path = std::filesystem::relative(entry->path(), root).generic_string();
    file.folder = folder_of(file.path);
    std::ifstream stream(entry->path());
    for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

bool is_cpp(const SourceFile& file) {
  return file.path.ends_with(".h") || file.path.ends_with(".cc") || file.path.ends_with(".cu");
}

}  // namespace rehearse
