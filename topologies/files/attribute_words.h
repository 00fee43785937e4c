// The words by which files of other programs call what a network has.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/units.h"

namespace rehearse {

// Without case, blanks, '_' and '-': "Link_Speed" is "linkspeed".
std::string plain_word(std::string_view word);

enum class VertexWord { none, name, kind, other_kind, harmless };
enum class EdgeWord {
  none,
  bandwidth,   // our own: a text with a unit
  raw_bits,    // bit/s
  speed,       // a number, with its prefix in speed_unit
  speed_unit,  // "G", "M" …
  other_rate,  // a text with a unit, or a plain number
  rate_label,  // a text for people that may hold a rate
  latency,     // our own: a text with a unit
  other_latency,
  cables,
  harmless
};

// What an attribute of this name says of a vertex or an edge.
VertexWord vertex_word(const std::string& attribute);
EdgeWord edge_word(const std::string& attribute);

enum class VertexKind { unknown, node, switch_ };
// "host", "compute-node", "leaf" …
VertexKind vertex_kind(std::string_view text);

// From 1 B/s to 10^18 B/s: what a link may have.
bool is_possible_rate(double bytes_per_s);
// A rate as people write it: "100 Gbit/s", "100G", "10 Gbps", "40GbE", "12.5 GB/s"; none if it is
// another text, a plain number, or not positive.
std::optional<Bandwidth> informal_rate(std::string_view text);
// The number, if the text is one and nothing else, finite and not negative.
std::optional<double> plain_number(std::string_view text);
// 1e9 of "G", "Gbps" and "Gbit/s"; 1 of "", "bps".
std::optional<double> bit_prefix(std::string_view text);

}  // namespace rehearse
