#include "topologies/files/graph_format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "base/enum_names.h"

namespace rehearse {
namespace {

constexpr std::size_t kLooked = std::size_t{1} << 20;  // bytes in which a format shows
constexpr std::size_t kMostLines = 10'000;

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Those that hold anything but a comment, without blanks around them.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  text = text.substr(0, kLooked);
  while (!text.empty() && lines.size() < kMostLines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    if (!line.empty() && line.front() != '#') lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool starts_with_word(std::string_view line, std::string_view word) {
  if (line.size() < word.size()) return false;
  const bool same = std::equal(word.begin(), word.end(), line.begin(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
  return same && (line.size() == word.size() || !is_of_word(line[word.size()]));
}

// "KEY =" without regard to case.
bool assigns(std::string_view line, std::string_view key) {
  if (!starts_with_word(line, key)) return false;
  const std::string_view rest = trimmed(line.substr(key.size()));
  return !rest.empty() && rest.front() == '=';
}

template <std::size_t N>
bool any_assigns(const std::vector<std::string_view>& lines,
                 const std::array<std::string_view, N>& keys) {
  return std::any_of(lines.begin(), lines.end(), [&](std::string_view line) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](std::string_view key) { return assigns(line, key); });
  });
}

template <std::size_t N>
bool any_starts(const std::vector<std::string_view>& lines,
                const std::array<std::string_view, N>& words) {
  return std::any_of(lines.begin(), lines.end(), [&](std::string_view line) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return line.starts_with(word); });
  });
}

bool is_gml(const std::vector<std::string_view>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!starts_with_word(lines[i], "graph")) {
      if (starts_with_word(lines[i], "creator") || starts_with_word(lines[i], "version") ||
          starts_with_word(lines[i], "comment")) {
        continue;
      }
      return false;
    }
    std::string_view rest = trimmed(lines[i].substr(5));
    if (rest.empty() && i + 1 < lines.size()) rest = lines[i + 1];
    return rest.starts_with('[');
  }
  return false;
}

bool is_ibnetdiscover(const std::vector<std::string_view>& lines) {
  static constexpr std::array<std::string_view, 3> kIds{"vendid=0x", "switchguid=0x", "caguid=0x"};
  if (any_starts(lines, kIds)) return true;
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    return (starts_with_word(line, "Switch") || starts_with_word(line, "Ca")) &&
           line.find("\"S-") + line.find("\"H-") < 2 * kLooked;
  });
}

bool is_yaml(const std::vector<std::string_view>& lines) {
  if (lines.empty()) return false;
  const std::string_view first = lines.front();
  if (first.starts_with("---") || first.starts_with("- ")) return true;
  std::size_t end = 0;
  while (end < first.size() && (is_of_word(first[end]) || first[end] == '-')) ++end;
  return end > 0 && end < first.size() && first[end] == ':';
}

// The root element: "<!DOCTYPE" and the like go before.
std::string root_element(std::string_view text) {
  text = text.substr(0, kLooked);
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    if (at + 1 < text.size() && (text[at + 1] == '?' || text[at + 1] == '!')) {
      const bool comment = text.substr(at).starts_with("<!--");
      const std::size_t end = comment ? text.find("-->", at) : text.find('>', at);
      if (end == std::string_view::npos) return "";
      at = end;
      continue;
    }
    const std::size_t end = text.find_first_of(" \t\r\n/>", at + 1);
    return std::string(text.substr(at + 1, std::min(end, at + 41) - at - 1));
  }
  return "";
}

OtherFormat other_xml(const std::string& root) {
  struct Known {
    const char* root;
    OtherFormat format;
  };
  static const std::vector<Known> kKnown{
      {"platform", {"a platform of SimGrid", ""}},
      {"gexf", {"GEXF of Gephi", "export it as GraphML"}},
      {"mxfile", {"a drawing of draw.io", ""}},
      {"svg", {"a picture", ""}},
      {"html", {"a web page", "download the file itself"}},
      {"system", {"the inside of a node as NCCL sees it", "say it in 'node' instead"}},
      {"topology", {"the inside of a node as hwloc sees it", "say it in 'node' instead"}}};
  for (const Known& known : kKnown) {
    if (root == known.root) return known.format;
  }
  return {root.empty() ? "XML" : "XML of <" + root + ">", ""};
}

}  // namespace

std::optional<GraphFormat> graph_format(std::string_view text) {
  const std::string_view begin = trimmed(text.substr(0, kLooked));
  if (begin.empty()) return {};
  if (begin.front() == '{') return GraphFormat::json;
  if (begin.front() == '<') {
    const std::string root = root_element(text);
    const bool is_graphml = root == "graphml" || root.ends_with(":graphml");
    return is_graphml ? std::optional(GraphFormat::graphml) : std::nullopt;
  }
  const std::vector<std::string_view> lines = lines_of(text);
  if (is_ibnetdiscover(lines)) return GraphFormat::ibnetdiscover;
  static constexpr std::array<std::string_view, 2> kSlurm{"SwitchName", "BlockName"};
  if (any_assigns(lines, kSlurm)) return GraphFormat::slurm_conf;
  if (is_gml(lines)) return GraphFormat::gml;
  static constexpr std::array<std::string_view, 2> kOfYaml{"- topology:", "topology:"};
  static constexpr std::array<std::string_view, 3> kOfParts{"tree:", "block:", "flat:"};
  if (is_yaml(lines) && any_starts(lines, kOfYaml) && any_starts(lines, kOfParts)) {
    return GraphFormat::slurm_yaml;
  }
  return {};
}

std::string_view to_text(GraphFormat format) {
  static constexpr auto kNames = enum_names<GraphFormat>(
      "JSON", "GraphML", "GML", "Slurm topology", "Slurm topology", "output of ibnetdiscover");
  return kNames.text(format);
}

OtherFormat other_format(std::string_view text) {
  const std::string_view begin = trimmed(text.substr(0, kLooked));
  if (begin.empty()) return {"an empty file", ""};
  if (begin.front() == '<') return other_xml(root_element(text));
  if (text.substr(0, 64).find("pytorch") != std::string_view::npos ||
      text.substr(0, 256).find("onnx") != std::string_view::npos) {
    return {"a model in ONNX", "a model stands in \"model\": {\"onnx\": …}"};
  }
  if (std::any_of(begin.begin(), begin.begin() + std::min<std::ptrdiff_t>(256, std::ssize(begin)),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 && !is_blank(c); })) {
    return {kBinary, ""};
  }
  const std::vector<std::string_view> lines = lines_of(text);
  static constexpr std::array<std::string_view, 5> kSlurmConf{
      "ClusterName", "NodeName", "PartitionName", "SlurmctldHost", "TopologyPlugin"};
  if (any_assigns(lines, kSlurmConf)) {
    return {"Slurm's slurm.conf", "give the topology.conf beside it"};
  }
  static constexpr std::array<std::string_view, 3> kDot{"graph", "digraph", "strict"};
  for (const std::string_view word : kDot) {
    if (!lines.empty() && starts_with_word(lines.front(), word)) {
      return {"a graph of Graphviz (DOT)",
              "convert it, as with networkx: "
              "networkx.write_graphml(networkx.nx_pydot.read_dot(…), …)"};
    }
  }
  static constexpr std::array<std::string_view, 2> kLinkInfo{"CA: ", "Switch: 0x"};
  if (any_starts(lines, kLinkInfo)) return {"output of iblinkinfo", "give that of ibnetdiscover"};
  if (is_yaml(lines)) {
    static constexpr std::array<std::string_view, 2> kAstra{"npus_count:", "npus-count:"};
    if (any_starts(lines, kAstra)) {
      return {"a network of ASTRA-sim (YAML)",
              "say its sizes with 'topology': fat_tree, torus, hyperx …"};
    }
    return {"YAML", "of YAML only Slurm's topology.yaml is read"};
  }
  if (text.find("nThread") != std::string_view::npos ||
      text.find("OSU MPI") != std::string_view::npos) {
    return {"output of a benchmark", "read it with 'rehearse calibrate --import'"};
  }
  return {};
}

std::string known_graph_formats() {
  return "read are topology.conf and topology.yaml of Slurm, GraphML, GML, output of "
         "ibnetdiscover and JSON; a topology.conf has lines as 'SwitchName=leaf0 Nodes=n[0-3]' and "
         "'SwitchName=top Switches=leaf[0-1]'";
}

}  // namespace rehearse
