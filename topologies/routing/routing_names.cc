#include <array>

#include "topologies/graph/network_spec.h"

namespace rehearse {
namespace {

constexpr std::array<const char*, 6> kNames{"minimal", "d_mod_k", "ecmp",
                                            "valiant", "ugal",    "adaptive"};

}  // namespace

std::string_view to_text(Routing routing) { return kNames.at(static_cast<std::size_t>(routing)); }

std::vector<std::string> routing_names() { return {kNames.begin(), kNames.end()}; }

}  // namespace rehearse
