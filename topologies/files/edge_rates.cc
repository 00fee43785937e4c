#include "topologies/files/edge_rates.h"

#include <algorithm>

#include "base/error.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

constexpr double kLongestLatency = 3600;  // s

Bandwidth possible(double bytes_per_s, const std::string& attribute, const std::string& text) {
  if (is_possible_rate(bytes_per_s)) return Bandwidth(bytes_per_s);
  throw Error::input("'" + text + "' of '" + attribute + "' is no rate of a link", "",
                     "give more than 8 bit/s");
}

}  // namespace

EdgeRates::EdgeRates(const AttributeGraph& raw, const LinkDefaults& defaults)
    : raw_(raw), defaults_(defaults) {
  for (const std::string& key : raw.keys) words_.push_back(edge_word(key));
}

const std::string* EdgeRates::value(std::size_t edge, EdgeWord word) const {
  for (const AttributeGraph::Value& one : raw_.edges[edge].values) {
    if (words_[static_cast<std::size_t>(one.key)] == word && !one.text.empty()) return &one.text;
  }
  for (std::size_t key = 0; key < words_.size(); ++key) {
    if (words_[key] == word && !raw_.edge_defaults[key].empty()) return &raw_.edge_defaults[key];
  }
  return nullptr;
}

Bandwidth EdgeRates::own_bandwidth(const std::string& text) const {
  const auto number = plain_number(text);
  if (number && defaults_.rate_unit) {
    return possible(*number * defaults_.rate_unit->value(), "bandwidth", text);
  }
  if (const auto rate = informal_rate(text)) return *rate;
  if (number && *number > 0) {
    throw Error::input("'" + text + "' of 'bandwidth' has no unit", "",
                       "write \"10 Gbit/s\", or give 'rate_unit' beside 'file', as in "
                       "\"rate_unit\": \"1 Gbit/s\"");
  }
  const Bandwidth rate = parse_bandwidth(text);  // says what is wrong
  if (rate > Bandwidth(0)) return rate;
  throw Error::input("a bandwidth of zero moves nothing", "", "leave the edge out");
}

std::optional<Bandwidth> EdgeRates::other_rate(std::size_t key, const std::string& text) {
  if (const auto rate = informal_rate(text)) return rate;
  const auto number = plain_number(text);
  if (number && defaults_.rate_unit) {
    return possible(*number * defaults_.rate_unit->value(), raw_.keys[key], text);
  }
  (number ? without_unit_ : passed_over_).insert(raw_.keys[key]);
  return {};
}

std::optional<Bandwidth> EdgeRates::bandwidth(std::size_t edge) {
  if (const std::string* text = value(edge, EdgeWord::bandwidth)) return own_bandwidth(*text);
  if (const std::string* text = value(edge, EdgeWord::raw_bits)) {
    if (const auto bits = plain_number(*text)) return possible(*bits / 8, "LinkSpeedRaw", *text);
  }
  if (const std::string* text = value(edge, EdgeWord::speed)) {
    const std::string* unit = value(edge, EdgeWord::speed_unit);
    const auto number = plain_number(*text);
    const auto factor = unit == nullptr ? std::nullopt : bit_prefix(*unit);
    if (number && factor) return possible(*number * *factor / 8, "LinkSpeed", *text);
    if (const auto rate = informal_rate(*text)) return rate;
  }
  std::optional<Bandwidth> found;
  for (const AttributeGraph::Value& one : raw_.edges[edge].values) {
    const auto key = static_cast<std::size_t>(one.key);
    const EdgeWord word = words_[key];
    if (word == EdgeWord::other_rate && !found) found = other_rate(key, one.text);
    if (word == EdgeWord::none) passed_over_.insert(raw_.keys[key]);
  }
  if (found) return found;
  if (const std::string* text = value(edge, EdgeWord::other_rate)) {
    if (const auto rate = informal_rate(*text)) return rate;
  }
  for (const AttributeGraph::Value& one : raw_.edges[edge].values) {
    const auto key = static_cast<std::size_t>(one.key);
    if (words_[key] != EdgeWord::rate_label) continue;
    if (const auto rate = informal_rate(one.text)) return rate;
    passed_over_.insert(raw_.keys[key]);
  }
  return {};
}

std::optional<Duration> EdgeRates::latency(std::size_t edge) {
  for (const EdgeWord word : {EdgeWord::latency, EdgeWord::other_latency}) {
    const std::string* text = value(edge, word);
    if (text == nullptr) continue;
    const auto number = plain_number(*text);
    if (!number) return parse_duration(*text);
    if (defaults_.latency_unit) {
      const double seconds = *number * defaults_.latency_unit->value();
      if (seconds <= kLongestLatency) return Duration(seconds);
      throw Error::input("'" + *text + "' is no latency of a link", "it is above one hour");
    }
    if (word == EdgeWord::latency) {
      throw Error::input("'" + *text + "' of 'latency' has no unit", "",
                         "write \"1 us\", or give 'latency_unit' beside 'file', as in "
                         "\"latency_unit\": \"1 ms\"");
    }
    for (std::size_t key = 0; key < words_.size(); ++key) {
      if (words_[key] == word) passed_over_.insert(raw_.keys[key]);
    }
  }
  return {};
}

LinkRate EdgeRates::rate(std::size_t edge, const std::string& file) {
  try {
    const auto own = bandwidth(edge);
    ++(own ? with_rate_ : without_rate_);
    const auto wait = latency(edge);
    if (!own && !defaults_.bandwidth) {
      throw Error::input("the edge has no attribute 'bandwidth'",
                         without_unit_.empty()
                             ? ""
                             : "'" + *without_unit_.begin() + "' is a number without a unit",
                         without_unit_.empty()
                             ? "add it, or give 'link_bandwidth' beside 'file'"
                             : "give 'rate_unit' beside 'file', as in \"rate_unit\": \"1 Gbit/s\"");
    }
    if (!wait && !defaults_.latency) {
      throw Error::input("the edge has no attribute 'latency'", "",
                         "add it, or give 'link_latency' beside 'file'");
    }
    return {own ? *own : *defaults_.bandwidth, wait ? *wait : *defaults_.latency};
  } catch (const Error& error) {
    throw error.at(file, place(edge));
  }
}

int EdgeRates::cables(std::size_t edge, const std::string& file) const {
  const std::string* text = value(edge, EdgeWord::cables);
  if (text == nullptr) return 1;
  const bool whole =
      text->size() <= 3 && text->find_first_not_of("0123456789") == std::string::npos;
  const int count = whole ? std::stoi(*text) : 0;
  if (count >= 1) return count;
  throw Error::input(place(edge) + " has '" + *text + "' cables", "", "write 1 to 999")
      .at(file, "/");
}

void EdgeRates::count_node_edge(std::size_t edge, const std::string& file) {
  try {
    const auto own = bandwidth(edge);
    if (!own) return;
    lowest_ = std::min(*own, lowest_.value_or(*own));
    highest_ = std::max(*own, highest_.value_or(*own));
  } catch (const Error& error) {
    throw error.at(file, place(edge));
  }
}

std::vector<std::string> EdgeRates::remarks(const std::string& file) const {
  std::vector<std::string> lines;
  for (const std::string& attribute : without_unit_) {
    lines.push_back("'" + attribute + "' of '" + file +
                    "' is a number without a unit and is passed over: give 'rate_unit' "
                    "(\"1 Gbit/s\" if it counts these)");
  }
  if (with_rate_ > 0 && without_rate_ > 0) {
    lines.push_back(std::to_string(without_rate_) + " of the " +
                    std::to_string(with_rate_ + without_rate_) + " links of '" + file +
                    "' have no rate and get 'link_bandwidth'");
  }
  if (lowest_ && *lowest_ < *highest_) {
    lines.push_back("the nodes of '" + file + "' hang on links of " + to_text(*lowest_) + " to " +
                    to_text(*highest_) + ": the lowest is the rate of every NIC");
  }
  return lines;
}

}  // namespace rehearse
