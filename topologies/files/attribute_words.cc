#include "topologies/files/attribute_words.h"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

template <std::size_t N>
bool is_one_of(const std::string& word, const std::array<const char*, N>& words) {
  for (const char* one : words) {
    if (word == one) return true;
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// The number at the beginning; takes it and the blanks behind it away.
std::optional<double> take_number(std::string_view& text) {
  text = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  text = trimmed(text);
  return value;
}

}  // namespace

std::string plain_word(std::string_view word) {
  std::string plain;
  for (const char c : word) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') continue;
    plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

VertexWord vertex_word(const std::string& attribute) {
  static constexpr std::array kNames{"name", "label", "nodelabel", "hostname", "nodename"};
  static constexpr std::array kKinds{"type",     "role",  "nodetype", "devicetype", "noderole",
                                     "category", "class", "nodekind", "device",     "vertextype"};
  static constexpr std::array kHarmless{
      "id",          "x",         "y",     "z",     "pos",     "longitude", "latitude",
      "country",     "internal",  "url",   "color", "colour",  "viz",       "graphics",
      "description", "hyperedge", "index", "guid",  "comment", "width",     "height",
      "shape",       "layer",     "level", "tier",  "geocode", "asn",       "region"};
  const std::string word = plain_word(attribute);
  if (word == "kind") return VertexWord::kind;
  if (is_one_of(word, kNames)) return VertexWord::name;
  if (is_one_of(word, kKinds)) return VertexWord::other_kind;
  return is_one_of(word, kHarmless) ? VertexWord::harmless : VertexWord::none;
}

EdgeWord edge_word(const std::string& attribute) {
  static constexpr std::array kRates{"capacity",     "speed",        "rate",          "bw",
                                     "datarate",     "bitrate",      "linkbandwidth", "linkrate",
                                     "linkcapacity", "maxbandwidth", "throughput"};
  static constexpr std::array kLabels{"linklabel", "edgelabel", "label", "name", "linktype"};
  static constexpr std::array kLatencies{"delay", "linklatency", "linkdelay", "propagationdelay"};
  static constexpr std::array kHarmless{"id",       "key",    "color", "colour",
                                        "graphics", "url",    "width", "description",
                                        "style",    "source", "target"};
  const std::string word = plain_word(attribute);
  if (word == "bandwidth") return EdgeWord::bandwidth;
  if (word == "latency") return EdgeWord::latency;
  if (word == "cables") return EdgeWord::cables;
  if (word == "linkspeedraw") return EdgeWord::raw_bits;
  if (word == "linkspeed") return EdgeWord::speed;
  if (word == "linkspeedunits") return EdgeWord::speed_unit;
  if (is_one_of(word, kRates)) return EdgeWord::other_rate;
  if (is_one_of(word, kLabels)) return EdgeWord::rate_label;
  if (is_one_of(word, kLatencies)) return EdgeWord::other_latency;
  return is_one_of(word, kHarmless) ? EdgeWord::harmless : EdgeWord::none;
}

VertexKind vertex_kind(std::string_view text) {
  static constexpr std::array kNodes{
      "node",   "host",        "server",   "compute", "computenode", "ca",        "hca",
      "nic",    "endhost",     "endpoint", "endnode", "terminal",    "processor", "worker",
      "client", "workstation", "machine",  "gpu",     "gpunode",     "cpunode",   "end",
      "hosts",  "servers",     "storage",  "login",   "vm",          "pc"};
  static constexpr std::array kSwitches{
      "switch",    "router",     "leaf",        "spine",      "core",         "aggregation",
      "agg",       "tor",        "edge",        "access",     "distribution", "superspine",
      "sw",        "leafswitch", "spineswitch", "coreswitch", "edgeswitch",   "aggregationswitch",
      "torswitch", "switches",   "routers",     "rt",         "hub",          "fabric",
      "bridge",    "l2switch",   "l3switch"};
  const std::string word = plain_word(text);
  if (is_one_of(word, kNodes)) return VertexKind::node;
  return is_one_of(word, kSwitches) ? VertexKind::switch_ : VertexKind::unknown;
}

bool is_possible_rate(double bytes_per_s) { return bytes_per_s >= 1 && bytes_per_s <= 1e18; }

std::optional<double> plain_number(std::string_view text) {
  const auto value = take_number(text);
  if (!value || !text.empty()) return {};
  return value;
}

std::optional<double> bit_prefix(std::string_view text) {
  text = trimmed(text);
  double factor = 1;
  static constexpr std::string_view kPrefixes = "kMGTP";
  if (!text.empty()) {
    const char first = text.front() == 'K' ? 'k' : text.front();
    const std::size_t place = kPrefixes.find(first);
    if (place != std::string_view::npos) {
      factor = std::pow(1000.0, static_cast<double>(place + 1));
      text.remove_prefix(1);
    }
  }
  for (const std::string_view bits : {"", "b", "bps", "b/s", "bit", "bit/s", "bits", "bits/s"}) {
    if (text == bits) return factor;
  }
  // "40GbE" and "400GE" of an Ethernet, never without a prefix.
  const bool ethernet = text == "E" || text == "bE" || text == "BE";
  return ethernet && factor > 1 ? std::optional(factor) : std::nullopt;
}

std::optional<Bandwidth> informal_rate(std::string_view text) {
  const std::string whole(trimmed(text));
  const auto value = take_number(text);
  if (!value || text.empty()) return {};
  try {
    const Bandwidth rate = parse_bandwidth(whole);
    return rate > Bandwidth(0) ? std::optional(rate) : std::nullopt;
  } catch (const Error&) {
    // people write it in other ways, too
  }
  double bytes = 1.0 / 8;
  if (text.ends_with("Bps") || text.ends_with("B/s")) {
    text.remove_suffix(3);
    bytes = 1;
  }
  const auto factor = bit_prefix(text);
  if (!factor || !is_possible_rate(*value * *factor * bytes)) return {};
  return Bandwidth(*value * *factor * bytes);
}

}  // namespace rehearse
