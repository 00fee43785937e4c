// Device, network and fabric files by name, each read and checked once.
//
//   ProfileLibrary profiles;
//   const DeviceProfile& device = profiles.device("p100-pcie-16gb", "scenarios/resnet50.json");
//
// A word that ends in .json or contains a '/' is a path, relative to the folder of the file that
// mentions it; any other word is a file of FOLDER/devices, FOLDER/networks or FOLDER/fabrics.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/json_reader.h"
#include "kernels/device_profile.h"
#include "scenarios/profile.h"
#include "topologies/fabric_profile.h"

namespace rehearse {

class ProfileLibrary {
 public:
  ProfileLibrary();  // of scenarios_folder()
  explicit ProfileLibrary(std::string folder) : folder_(std::move(folder)) {}

  // References stay valid as long as the library. Throw Error::input: with the place in the profile
  // if that is bad, without a place if there is no such profile.
  const DeviceProfile& device(const std::string& word, const std::string& mentioned_in);
  const FabricProfile& fabric(const std::string& word, const std::string& mentioned_in);
  // The machine this runs on. Without it the device "local" is an input error. A profile whose
  // devices per node differ from the scenario's is one as well.
  void set_local(std::shared_ptr<const Profile> profile) { local_ = std::move(profile); }
  [[nodiscard]] const std::shared_ptr<const Profile>& local() const { return local_; }

  // A preset, checked to be a complete network.
  const JsonDocument& network(const std::string& word, const std::string& mentioned_in);

 private:
  struct Shelf {
    const char* folder;  // below folder_
    const char* noun;
  };

  std::string locate(const Shelf& shelf, const std::string& word, const std::string& mentioned_in);

  std::string folder_;
  std::map<std::string, std::vector<std::string>> names_;  // of each shelf
  std::map<std::string, DeviceProfile> devices_;           // by file, as the next two
  std::map<std::string, FabricProfile> fabrics_;
  std::map<std::string, JsonDocument> networks_;
  std::shared_ptr<const Profile> local_;
};

}  // namespace rehearse
