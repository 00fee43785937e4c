#include <algorithm>

#include "base/json_reader.h"
#include "topologies/shapes/switch_graph.h"

namespace rehearse {

std::size_t most_nics(const SwitchGraph& graph) {
  std::size_t most = 0;
  for (const auto& nics : graph.nodes) most = std::max(most, nics.size());
  return most;
}

std::optional<std::int64_t> NameTable::add(const std::string& name) {
  const auto number = static_cast<std::int64_t>(names_.size());
  if (!numbers_.emplace(name, number).second) return {};
  names_.push_back(name);
  return number;
}

std::int64_t NameTable::add_numbered(const std::string& name) {
  if (const auto number = add(name)) return *number;
  int& count = repeated_.emplace(name, 1).first->second;
  for (;;) {
    if (const auto number = add(name + " (" + std::to_string(++count) + ")")) return *number;
  }
}

std::optional<std::int64_t> NameTable::find(const std::string& name) const {
  const auto found = numbers_.find(name);
  if (found == numbers_.end()) return {};
  return found->second;
}

std::string NameTable::suggestion(const std::string& name) const {
  constexpr std::size_t kMostCompared = 10'000;
  if (names_.size() > kMostCompared) return {};
  const auto near = nearest(name, names_);
  return near ? "did you mean '" + *near + "'?" : "";
}

}  // namespace rehearse
