#include "scenarios/profile_library.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "scenarios/scenario.h"
#include "topologies/network_spec.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> profiles_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_path(const std::string& word) {
  return word.ends_with(".json") || word.find('/') != std::string::npos;
}

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

ProfileLibrary::ProfileLibrary() : folder_(scenarios_folder()) {}

std::string ProfileLibrary::locate(const Shelf& shelf, const std::string& word,
                                   const std::string& mentioned_in) {
  if (is_path(word)) {
    const fs::path path = fs::path(mentioned_in).parent_path() / word;
    std::error_code failed;
    const bool printable = word.find('\0') == std::string::npos;
    if (!printable || !fs::is_regular_file(path, failed)) {
      throw Error::input(std::string(shelf.noun) + " '" + word + "' is not a file",
                         "the path is taken from the folder of the scenario", "check the path");
    }
    return path.lexically_normal().string();
  }
  const fs::path folder = fs::path(folder_) / shelf.folder;
  auto known = names_.find(shelf.folder);
  if (known == names_.end()) known = names_.emplace(shelf.folder, profiles_in(folder)).first;
  const std::vector<std::string>& names = known->second;
  if (std::find(names.begin(), names.end(), word) == names.end()) {
    const auto near = nearest(word, names);
    throw Error::input(
        "there is no " + std::string(shelf.noun) + " '" + word + "'",
        names.empty() ? "no files in " + folder.string() : "known are " + list_of(names),
        near ? "did you mean '" + *near + "'?" : "give one of these, or a path");
  }
  return (folder / (word + ".json")).string();
}

const DeviceProfile& ProfileLibrary::device(const std::string& word,
                                            const std::string& mentioned_in) {
  const std::string path = locate({"devices", "device profile"}, word, mentioned_in);
  if (const auto found = devices_.find(path); found != devices_.end()) return found->second;
  return devices_
      .emplace(path, read_file(path,
                               [](const JsonDocument& document) {
                                 return read_device_profile(document.root());
                               }))
      .first->second;
}

const FabricProfile& ProfileLibrary::fabric(const std::string& word,
                                            const std::string& mentioned_in) {
  const std::string path = locate({"fabrics", "fabric profile"}, word, mentioned_in);
  if (const auto found = fabrics_.find(path); found != fabrics_.end()) return found->second;
  return fabrics_
      .emplace(path, read_file(path,
                               [](const JsonDocument& document) {
                                 return read_fabric_profile(document.root());
                               }))
      .first->second;
}

const JsonDocument& ProfileLibrary::network(const std::string& word,
                                            const std::string& mentioned_in) {
  const std::string path = locate({"networks", "network preset"}, word, mentioned_in);
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
