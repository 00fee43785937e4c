#include "scenarios/find_scenario.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/suggestion.h"
#include "kernels/models/zoo.h"
#include "scenarios/scenario.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnding = ".json";
constexpr std::size_t kMostFiles = 10'000;  // of a folder that is looked through

bool exists(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

bool is_folder(const fs::path& path) {
  std::error_code failed;
  return fs::is_directory(path, failed);
}

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

bool has_nul(const std::string& word) { return word.find('\0') != std::string::npos; }

// "resnet50_strong" of "scenarios/resnet50_strong.json"; empty for a word with another folder.
std::string name_of(const std::string& word) {
  fs::path path = fs::path(word).lexically_normal();
  if (path.extension() == kEnding) path.replace_extension();
  const fs::path folder = path.parent_path();
  return folder.empty() || folder == "scenarios" ? path.filename().string() : "";
}

// Names without their ending.
std::vector<std::string> json_files(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  fs::directory_iterator entry(folder.empty() ? "." : folder, failed);
  for (std::size_t seen = 0; !failed && entry != fs::directory_iterator() && seen < kMostFiles;
       entry.increment(failed), ++seen) {
    if (entry->path().extension() == kEnding) names.push_back(entry->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What else of this program has the name; empty if nothing.
std::string other_kind(const std::string& name) {
  if (contains(zoo_names(), name)) {
    return "'" + name + "' is a model: give a scenario and --model " + name +
           ", or use rehearse model " + name;
  }
  const fs::path folder = scenarios_folder();
  if (is_file(folder / "networks" / (name + kEnding))) {
    return "'" + name + "' is a network: give a scenario and --network " + name +
           ", or use rehearse topology " + name;
  }
  if (is_file(folder / "devices" / (name + kEnding))) {
    return "'" + name + "' is a device: give a scenario and --device " + name;
  }
  return "";
}

// Of files beside the one that was meant; empty if none is like it.
std::string neighbour_of(const fs::path& path) {
  const std::vector<std::string> meant =
      likely(path.stem().string(), json_files(path.parent_path()));
  if (meant.empty()) return "";
  return "did you mean '" + (path.parent_path() / (meant.front() + kEnding)).string() + "'?";
}

// A word with a folder means a file in it, a bare name one that ships.
std::string remedy_for(const std::string& word) {
  const fs::path path(word);
  const std::string name = path.extension() == kEnding ? path.stem() : path.filename();
  if (std::string other = other_kind(name); !other.empty()) return other;
  const std::vector<std::string> shipped = shipped_scenarios();
  if (contains(shipped, name)) return "did you mean '" + name + "', which ships?";
  const std::string beside = neighbour_of(path.parent_path() / (name + kEnding));
  if (path.has_parent_path() && !beside.empty()) return beside;
  const std::string near = suggestion(name, shipped);
  if (!near.empty()) return near;
  if (!beside.empty()) return beside;
  return "check the name (rehearse list scenarios shows those that ship)";
}

}  // namespace

std::string find_scenario(const std::string& word) {
  if (has_nul(word) || (exists(word) && !is_folder(word))) return word;
  if (is_file(word + kEnding)) return word + kEnding;
  const std::string name = name_of(word);
  if (name.empty()) return word;
  const fs::path shipped = fs::path(scenarios_folder()) / (name + kEnding);
  return is_file(shipped) ? shipped.string() : word;
}

bool names_scenario(const std::string& word) {
  return !has_nul(word) && exists(find_scenario(word));
}

JsonDocument open_scenario(const std::string& word) {
  const std::string path = find_scenario(word);
  if (!has_nul(path) && !exists(path)) {
    throw Error::input("cannot read the file", "it does not exist", remedy_for(word)).at(word, "");
  }
  return JsonDocument::parse_file(path);
}

std::vector<std::string> shipped_scenarios() { return json_files(scenarios_folder()); }

}  // namespace rehearse
