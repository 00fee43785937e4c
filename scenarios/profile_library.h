// Device, network and fabric files by name, each read and checked once.
//
//   ProfileLibrary profiles;
//   const DeviceProfile& device = profiles.device("p100-pcie-16gb", "scenarios/resnet50.json");
//
// A word that ends in .json or contains a '/' is a path, relative to the folder of the file that
// mentions it; any other word is a file of FOLDER/devices, FOLDER/networks or FOLDER/stacks (or of
// FOLDER/fabrics, the old name of the last).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json_reader.h"
#include "kernels/devices/device_profile.h"
#include "scenarios/profile.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

// Whether a word is the path of a file and not the name of a profile.
bool is_profile_path(const std::string& word);

class ProfileLibrary {
 public:
  ProfileLibrary();  // of scenarios_folder()
  explicit ProfileLibrary(std::string folder) : folder_(std::move(folder)) {}

  // References stay valid as long as the library. Throw Error::input: with the place in the profile
  // if that is bad, without a place if there is no such profile.
  const DeviceProfile& device(const std::string& word, const std::string& mentioned_in);
  const StackProfile& stack(const std::string& word, const std::string& mentioned_in);
  // All that can be named by a word, in the order of their names.
  std::vector<StackProfile> stacks();
  // Of all files of a kind, sorted.
  std::vector<std::string> device_names();
  std::vector<std::string> network_names();
  std::vector<std::string> stack_names();
  // The machine this runs on. Without it the device "local" is an input error. A profile whose
  // devices per node differ from the scenario's is one as well.
  void set_local(std::shared_ptr<const Profile> profile) { local_ = std::move(profile); }
  [[nodiscard]] const std::shared_ptr<const Profile>& local() const { return local_; }

  // A preset, checked to be a complete network.
  const JsonDocument& network(const std::string& word, const std::string& mentioned_in);

 private:
  struct Shelf {
    std::vector<const char*> folders;  // below folder_; the first that has a name is taken
    const char* noun;
  };
  static Shelf device_shelf();
  static Shelf network_shelf();
  static Shelf stack_shelf();
  using Files = std::map<std::string, std::string>;  // path by name

  const Files& files_of(const Shelf& shelf);
  std::vector<std::string> names_of(const Shelf& shelf);

  std::string locate(const Shelf& shelf, const std::string& word, const std::string& mentioned_in);

  std::string folder_;
  std::map<std::string, Files> files_;            // by the first folder of a shelf
  std::map<std::string, DeviceProfile> devices_;  // by file, as the next two
  std::map<std::string, StackProfile> stacks_;
  std::map<std::string, JsonDocument> networks_;
  std::shared_ptr<const Profile> local_;
};

}  // namespace rehearse
