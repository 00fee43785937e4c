// A YAML document as a tree with line numbers.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rehearse {

struct YamlNode {
  enum class Kind { scalar, sequence, map };

  Kind kind = Kind::scalar;
  int line = 0;                 // from 1
  std::string text = {};        // of a scalar, without quotes; empty also for null
  std::vector<YamlNode> items;  // of a sequence
  std::vector<std::pair<std::string, YamlNode>> entries;  // of a map, in the order of the file

  // The value of a key of a map; null if there is none.
  [[nodiscard]] const YamlNode* find(const std::string& key) const;
};

// The first document of the text. Refuses anchors and aliases, which can make a small file grow
// beyond all bounds, nesting deeper than 64, more than a million values, and keys that stand twice.
// Throws Error::input with `file` and the line.
YamlNode parse_yaml(const std::string& text, const std::string& file);

}  // namespace rehearse
