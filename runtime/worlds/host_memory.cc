#include "runtime/worlds/host_memory.h"

#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

namespace rehearse {
namespace {

// The number behind `key` in a file of lines "key number…"; an empty key: the first number.
std::optional<double> number_in(const std::string& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word;
    if (!key.empty() && (!(words >> word) || word != key)) continue;
    if (double value = 0; words >> value) return value;
    if (key.empty()) return std::nullopt;
  }
  return std::nullopt;
}

struct Names {
  const char* most;
  const char* used;
  const char* droppable;  // key of memory.stat
};
constexpr Names kVersion1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr Names kVersion2{"memory.max", "memory.current", "inactive_file"};

// What the group in this folder and those above it may still take.
void tighten(MemoryLeft& left, const std::string& mount, std::string group, const Names& names) {
  for (;;) {
    const std::string folder = mount + group + "/";
    const std::optional<double> most = number_in(folder + names.most, "");
    const std::optional<double> used = number_in(folder + names.used, "");
    if (most && used) {
      const double dropped = number_in(folder + "memory.stat", names.droppable).value_or(0);
      const Bytes rest(*most - *used + dropped);
      if (rest < left.bytes) left = {rest, "its control group"};
    }
    if (group.empty()) return;
    group.erase(group.find_last_of('/'));
  }
}

}  // namespace

MemoryLeft memory_left(const std::string& root) {
  MemoryLeft left{Bytes(std::numeric_limits<double>::max()), "this machine"};
  constexpr double kUnit = 1024;  // "kB" of /proc/meminfo
  if (const auto free = number_in(root + "/proc/meminfo", "MemAvailable:")) {
    left.bytes = Bytes(kUnit * *free);
  }
  // Lines "hierarchy:controllers:/group"; version 2 has hierarchy 0 and names no controllers.
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    std::string group = line.substr(second + 1);
    if (group == "/") group.clear();
    if (!group.empty() && group.front() != '/') continue;
    if (controllers == ",,") {
      tighten(left, root + "/sys/fs/cgroup", group, kVersion2);
    } else if (controllers.find(",memory,") != std::string::npos) {
      tighten(left, root + "/sys/fs/cgroup/memory", group, kVersion1);
    }
  }
  return left;
}

}  // namespace rehearse
