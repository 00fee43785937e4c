#include "topologies/graph/link_kinds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "base/quantity_text.h"

namespace rehearse {
namespace {

LinkClass drawn_class(LinkClass cls) { return cls == LinkClass::down ? LinkClass::up : cls; }

// From the colour towards black: 0 is the colour itself.
std::string darkened(std::string_view colour, double amount) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result = "#";
  for (std::size_t i = 1; i + 1 < colour.size(); i += 2) {
    const std::size_t value = 16 * kDigits.find(colour[i]) + kDigits.find(colour[i + 1]);
    const auto dark =
        static_cast<std::size_t>(std::lround(static_cast<double>(value) * (1 - amount)));
    result += kDigits[dark / 16];
    result += kDigits[dark % 16];
  }
  return result;
}

void merge(DrawnKind& into, const DrawnKind& from) {
  into.fastest = std::max(into.fastest, from.fastest);
  into.shortest = std::min(into.shortest, from.shortest);
  into.longest = std::max(into.longest, from.longest);
  into.cables = std::max(into.cables, from.cables);
  into.connections += from.connections;
  into.rates += from.rates;
}

std::string range(const std::string& least, const std::string& most) {
  return least == most ? least : least + " to " + most;
}

}  // namespace

std::string_view colour_of(LinkClass cls) {
  static constexpr std::array<std::string_view, kLinkClasses> kColours{
      "#8a6fb0", "#7c8892", "#2f6fb3", "#2f6fb3", "#2a9d8f",
      "#c98a1b", "#c8553d", "#2f6fb3", "#2f6fb3"};
  return kColours[static_cast<std::size_t>(cls)];
}

LinkKinds::LinkKinds(const Network& network) {
  // By class, rate and number of cables. A connection is of the kind of its first direction.
  std::map<std::tuple<LinkClass, double, int>, DrawnKind> found;
  for (LinkId id = 0; id < network.links(); id += 2) {
    const Link link = network.link(id);
    const LinkClass cls = drawn_class(link.cls);
    const DrawnKind kind{
        cls, link.bandwidth, link.bandwidth, link.cables, link.latency, link.latency, 1};
    const auto [place, is_new] =
        found.try_emplace({cls, link.bandwidth.value(), link.cables}, kind);
    if (is_new) continue;
    merge(place->second, kind);
    place->second.rates = 1;
  }
  std::size_t in_class = 0;
  for (const auto& [key, kind] : found) {
    in_class = !kinds_.empty() && kinds_.back().cls == kind.cls ? in_class + 1 : 0;
    if (in_class >= kMostRates) {
      merge(kinds_.back(), kind);
      continue;
    }
    kinds_.push_back(kind);
    kinds_.back().colour = darkened(colour_of(kind.cls), 0.25 * static_cast<double>(in_class));
    kinds_.back().width = 1 + static_cast<double>(in_class);
  }
}

const DrawnKind& LinkKinds::of(const Link& link) const {
  const LinkClass cls = drawn_class(link.cls);
  const DrawnKind* nearest = &kinds_.front();
  for (const DrawnKind& kind : kinds_) {
    if (kind.cls != cls || (nearest->cls == cls && kind.bandwidth > link.bandwidth)) continue;
    nearest = &kind;
    if (kind.bandwidth == link.bandwidth && kind.cables == link.cables) break;
  }
  return *nearest;
}

std::string LinkKinds::words(const DrawnKind& kind) {
  std::string words(kind.cls == LinkClass::up ? "up and down" : to_text(kind.cls));
  words += ": " + range(to_text(kind.bandwidth), to_text(kind.fastest)) + " per direction";
  if (kind.rates > 1) words += " (" + std::to_string(kind.rates) + " rates)";
  if (kind.cables > 1) words += " (" + std::to_string(kind.cables) + " cables)";
  words += ", " + range(to_text(kind.shortest), to_text(kind.longest));
  return words + ", " + std::to_string(kind.connections) +
         (kind.connections == 1 ? " connection" : " connections");
}

}  // namespace rehearse
