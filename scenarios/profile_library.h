// Device, network and fabric files by name, each read and checked once.
//
//   ProfileLibrary profiles;
//   const DeviceProfile& device = profiles.device("p100-pcie-16gb", "scenarios/resnet50.json");
//
// A word that ends in .json or contains a '/' is a path, relative to the folder of the file that
// mentions it; any other word is a file of FOLDER/devices, FOLDER/networks or FOLDER/fabrics.
#pragma once

#include <map>
#include <string>

#include "base/json_reader.h"
#include "kernels/device_profile.h"
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
};

}  // namespace rehearse
