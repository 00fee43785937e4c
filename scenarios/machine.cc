#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "base/error.h"
#include "scenarios/profile.h"

namespace rehearse {
namespace {

// The value of the first line "key ... : value" of a /proc file; empty if there is none.
std::string proc_value(const char* file, const std::string& key) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

}  // namespace

Machine this_machine() {
  Machine machine;
  machine.cpu = proc_value("/proc/cpuinfo", "model name");
  if (machine.cpu.empty()) machine.cpu = "unknown";
  machine.cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const std::string memory = proc_value("/proc/meminfo", "MemTotal");  // "24680000 kB", of 1024
  machine.memory = Bytes(1024 * std::strtod(memory.c_str(), nullptr));
  return machine;
}

std::string cached_profile_path(int devices) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const bool given = cache != nullptr && *cache != '\0';
  if (!given && (home == nullptr || *home == '\0')) {
    throw Error::environment("there is no place for the profile of this machine",
                             "neither HOME nor XDG_CACHE_HOME is set", "use --profile FILE");
  }
  const std::string folder = given ? std::string(cache) : std::string(home) + "/.cache";
  const Machine machine = this_machine();
  const std::string identity = machine.cpu + "/" + std::to_string(machine.cores);
  return folder + "/rehearse/profile-" + std::to_string(std::hash<std::string>{}(identity)) + "-" +
         std::to_string(devices) + ".json";
}

}  // namespace rehearse
