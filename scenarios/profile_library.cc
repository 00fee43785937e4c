#include "scenarios/profile_library.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/suggestion.h"
#include "scenarios/scenario.h"
#include "topologies/graph/network_spec.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

// Reads a profile so that whatever is wrong with it is told of its own file.
template <class Read>
auto read_file(const std::string& path, Read read) {
  try {
    return read(JsonDocument::parse_file(path));
  } catch (const Error& error) {
    throw error.at(path, "/");
  }
}

}  // namespace

ProfileLibrary::Shelf ProfileLibrary::device_shelf() { return {{"devices"}, "device profile"}; }
ProfileLibrary::Shelf ProfileLibrary::network_shelf() { return {{"networks"}, "network preset"}; }
ProfileLibrary::Shelf ProfileLibrary::stack_shelf() {
  return {{"stacks", "fabrics"}, "fabric profile"};
}

std::vector<std::string> ProfileLibrary::names_of(const Shelf& shelf) {
  std::vector<std::string> names;
  for (const auto& [name, path] : files_of(shelf)) names.push_back(name);
  return names;
}

std::vector<std::string> ProfileLibrary::device_names() { return names_of(device_shelf()); }
std::vector<std::string> ProfileLibrary::network_names() { return names_of(network_shelf()); }
std::vector<std::string> ProfileLibrary::stack_names() { return names_of(stack_shelf()); }

bool is_profile_path(const std::string& word) {
  return word.ends_with(".json") || word.find('/') != std::string::npos;
}

ProfileLibrary::ProfileLibrary() : folder_(scenarios_folder()) {}

const ProfileLibrary::Files& ProfileLibrary::files_of(const Shelf& shelf) {
  const auto known = files_.find(shelf.folders.front());
  if (known != files_.end()) return known->second;
  Files files;
  for (const char* folder : shelf.folders) {
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(fs::path(folder_) / folder, failed)) {
      if (entry.path().extension() != ".json") continue;
      files.emplace(entry.path().stem().string(), entry.path().string());
    }
  }
  return files_.emplace(shelf.folders.front(), std::move(files)).first->second;
}

std::string ProfileLibrary::locate(const Shelf& shelf, const std::string& word,
                                   const std::string& mentioned_in) {
  if (is_profile_path(word)) {
    const fs::path path = fs::path(mentioned_in).parent_path() / word;
    std::error_code failed;
    const bool printable = word.find('\0') == std::string::npos;
    if (!printable || !fs::is_regular_file(path, failed)) {
      throw Error::input(std::string(shelf.noun) + " '" + word + "' is not a file",
                         "the path is taken from the folder of the scenario", "check the path");
    }
    return path.lexically_normal().string();
  }
  const Files& files = files_of(shelf);
  if (const auto found = files.find(word); found != files.end()) return found->second;
  std::vector<std::string> names = names_of(shelf);
  const std::string remedy = suggestion(word, names, "give one of these, or a path");
  const std::vector<std::string> topologies = topology_names();
  if (shelf.folders == network_shelf().folders &&
      std::find(topologies.begin(), topologies.end(), word) != topologies.end()) {
    throw Error::input("there is no network preset '" + word + "'", "it is a topology",
                       "give a preset, or the topology and its sizes (docs/presets.md)");
  }
  const fs::path folder = fs::path(folder_) / shelf.folders.front();
  // A line holds so many; of more, those that begin alike.
  constexpr std::size_t kListed = 12;
  if (names.size() > kListed && !word.empty()) {
    std::erase_if(names, [&](const std::string& name) { return name.front() != word.front(); });
    if (names.size() > kListed) names.resize(kListed);
  }
  if (names.size() < files.size()) {
    names.push_back(std::to_string(files.size() - names.size()) + " more in " + folder.string());
  }
  const std::string known =
      files.empty() ? "no files in " + folder.string() : "known are " + list_of(names);
  throw Error::input("there is no " + std::string(shelf.noun) + " '" + word + "'", known, remedy);
}

const DeviceProfile& ProfileLibrary::device(const std::string& word,
                                            const std::string& mentioned_in) {
  const std::string path = locate(device_shelf(), word, mentioned_in);
  if (const auto found = devices_.find(path); found != devices_.end()) return found->second;
  return devices_
      .emplace(path, read_file(path,
                               [](const JsonDocument& document) {
                                 return read_device_profile(document.root());
                               }))
      .first->second;
}

const StackProfile& ProfileLibrary::stack(const std::string& word,
                                          const std::string& mentioned_in) {
  const std::string path = locate(stack_shelf(), word, mentioned_in);
  if (const auto found = stacks_.find(path); found != stacks_.end()) return found->second;
  return stacks_
      .emplace(path, read_file(path,
                               [](const JsonDocument& document) {
                                 return read_stack_profile(document.root());
                               }))
      .first->second;
}

std::vector<StackProfile> ProfileLibrary::stacks() {
  std::vector<StackProfile> all;
  for (const auto& [name, path] : files_of(stack_shelf())) {
    all.push_back(stack(name, ""));
  }
  return all;
}

const JsonDocument& ProfileLibrary::network(const std::string& word,
                                            const std::string& mentioned_in) {
  const std::string path = locate(network_shelf(), word, mentioned_in);
  if (const auto found = networks_.find(path); found != networks_.end()) return found->second;
  return networks_
      .emplace(path, read_file(path,
                               [](JsonDocument document) {
                                 read_network_spec(document.root());
                                 return document;
                               }))
      .first->second;
}

}  // namespace rehearse
