#include "runtime/strategies/roles.h"

namespace rehearse {

std::string to_text(const Roles& roles) {
  const auto counted = [](int count, const std::string& what) {
    return count == 0 ? "" : std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  std::string text = counted(roles.workers(), "worker");
  for (const std::string& others :
       {counted(roles.servers(), "server"), counted(roles.masters(), "master")}) {
    if (!others.empty()) text += ", " + others;
  }
  return text;
}

}  // namespace rehearse
