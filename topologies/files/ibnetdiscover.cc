// What ibnetdiscover of an InfiniBand subnet prints (rdma-core, man ibnetdiscover):
//
//   Switch  40 "S-b8cef603"   # "leaf1" enhanced port 0 lid 1 lmc 0
//   [1]  "H-0c42a103"[1](c42a103)   # "n001 HCA-1" lid 5 4xHDR
//   [33] "S-b8cef604"[7]            # "spine1" lid 2 4xHDR
//   Ca   1 "H-0c42a103"       # "n001 HCA-1"
//   [1](c42a103)  "S-b8cef603"[1]   # lid 5 lmc 0 "leaf1" lid 1 4xHDR
//
// Every link may stand twice, once for each end.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "topologies/files/graph_readers.h"
#include "topologies/graph/build.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostPorts = 100'000;  // of a switch
constexpr std::string_view kDigits = "0123456789";

// Gbit/s of data on one lane: InfiniBand Trade Association, "InfiniBand roadmap".
struct Speed {
  std::string_view name;
  double lane;
};
constexpr std::array kSpeeds{Speed{"SDR", 2},    Speed{"DDR", 4},     Speed{"QDR", 8},
                             Speed{"FDR10", 10}, Speed{"FDR", 13.64}, Speed{"EDR", 25},
                             Speed{"HDR", 50},   Speed{"NDR", 100},   Speed{"XDR", 200}};

class Scanner {
 public:
  explicit Scanner(std::string_view line) : rest_(line) {}

  void skip_blanks() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) {
      rest_.remove_prefix(1);
    }
  }
  bool take(std::string_view text) {
    skip_blanks();
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  std::optional<std::int64_t> number() {
    skip_blanks();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < 0 || value > kMostPorts) return {};
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  // Up to and without `end`, which goes too.
  std::optional<std::string_view> until(char end) {
    const std::size_t place = rest_.find(end);
    if (place == std::string_view::npos) return {};
    const std::string_view text = rest_.substr(0, place);
    rest_.remove_prefix(place + 1);
    return text;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// "4xHDR" among the words of a comment.
std::optional<Bandwidth> rate_of(std::string_view comment) {
  for (std::size_t x = comment.find('x'); x != std::string_view::npos;
       x = comment.find('x', x + 1)) {
    std::size_t first = x;
    while (first > 0 && kDigits.find(comment[first - 1]) != std::string_view::npos) --first;
    if (first == x || x - first > 2) continue;
    int lanes = 0;
    std::from_chars(comment.data() + first, comment.data() + x, lanes);
    std::string_view name = comment.substr(x + 1);
    name = name.substr(0, name.find_first_of(" \t\r"));
    for (const Speed& speed : kSpeeds) {
      if (name == speed.name && lanes > 0) return Bandwidth(lanes * speed.lane * 1e9 / 8);
    }
  }
  return {};
}

// "n001 HCA-2" and "n001 mlx5_2" are adapters of n001.
struct Adapter {
  std::string host;  // empty: the description names no adapter
  std::string name;
};

Adapter adapter_of(const std::string& description) {
  const std::size_t blank = description.rfind(' ');
  if (blank == std::string::npos || blank == 0) return {};
  const std::string last = description.substr(blank + 1);
  static constexpr std::array<std::string_view, 9> kNames{
      "HCA-", "mlx4_", "mlx5_", "mlx6_", "hfi1_", "qib", "ib", "HFI-", "mthca"};
  for (const std::string_view name : kNames) {
    if (!last.starts_with(name) || last.size() == name.size()) continue;
    if (last.find_first_of(kDigits) == std::string::npos) continue;
    return {description.substr(0, blank), last};
  }
  return {};
}

class SubnetReader {
 public:
  SubnetReader(const std::string& file, const LinkDefaults& defaults)
      : file_(file), defaults_(defaults) {}

  SwitchGraph read(const std::string& text) {
    std::size_t begin = 0;
    for (line_ = 1; begin < text.size(); ++line_) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      try {
        read_line(std::string_view(text).substr(begin, end - begin));
      } catch (const Error& error) {
        throw error.at(file_, "line " + std::to_string(line_));
      }
      begin = end + 1;
    }
    name_switches();
    for (const Link& link : links_) add_link(link);
    attach_nodes();
    graph_.switches = switches_.names();
    add_remarks();
    return std::move(graph_);
  }

 private:
  struct Part {
    char type;  // 'S', 'H' or 'R'
    std::string description = {};
    std::int64_t ports = 0;
    std::int32_t line = 0;
    std::int64_t number = -1;  // of a switch, in the graph
  };
  struct Link {
    std::size_t a, b;  // parts
    std::int64_t port_a, port_b;
    std::optional<Bandwidth> rate;
    std::int64_t line;
  };
  struct Nic {
    std::string adapter;
    std::int64_t port, leaf;
  };

  [[nodiscard]] Error at(std::int64_t line, std::string what, std::string why = "",
                         std::string remedy = "") const {
    return Error::input(std::move(what), std::move(why), std::move(remedy))
        .at(file_, "line " + std::to_string(line));
  }

  void read_line(std::string_view line) {
    Scanner scan(line);
    for (const std::string_view word : {"Switch", "Ca", "Rt"}) {
      if (!scan.take(word)) continue;
      return begin_part(scan);
    }
    if (scan.take("[")) read_port(scan);
  }

  void begin_part(Scanner scan) {
    const auto ports = scan.number();
    const bool quoted = scan.take("\"");
    const auto id = quoted ? scan.until('"') : std::nullopt;
    if (!ports || !id) throw Error::input("this is no line of ibnetdiscover");
    current_ = part(*id);
    parts_[*current_].ports = *ports;
    if (scan.until('"')) describe(*current_, scan.until('"').value_or(""));
  }

  // `port` of the part that is open, and what it leads to.
  void read_port(Scanner scan) {
    const auto port = scan.number();
    if (!port || !scan.take("]") || !current_) throw Error::input("a port stands below no switch");
    if (scan.take("[")) scan.until(']');  // the number on the housing
    if (scan.take("(")) scan.until(')');  // its own id
    if (!scan.take("\"")) return;         // leads nowhere
    const auto id = scan.until('"');
    if (!id || !scan.take("[")) throw Error::input("this is no line of ibnetdiscover");
    const auto peer_port = scan.number();
    if (!peer_port || !scan.take("]")) throw Error::input("this is no line of ibnetdiscover");
    const std::size_t peer = part(*id);
    const std::string_view comment = scan.rest();
    if (scan.until('"')) describe(peer, scan.until('"').value_or(""));
    const End here{*current_, *port};
    const End there{peer, *peer_port};
    const std::pair<End, End> ends = std::minmax(here, there);
    if (!known_.insert(ends).second) return;
    expect_size(0, 2 * static_cast<double>(known_.size()));
    links_.push_back({*current_, peer, *port, *peer_port, rate_of(comment), line_});
  }

  void describe(std::size_t index, std::string_view description) {
    Part& part = parts_[index];
    if (part.description.empty()) part.description = std::string(description);
  }

  // "S-0008f104" and "S-8f104" are one.
  std::size_t part(std::string_view id) {
    if (id.size() < 3 || id[1] != '-' ||
        std::string_view("SHR").find(id[0]) == std::string_view::npos) {
      throw Error::input("'" + std::string(id.substr(0, 40)) + "' is no switch, adapter or router");
    }
    std::string_view guid = id.substr(2);
    if (guid.starts_with("0x")) guid.remove_prefix(2);
    while (guid.size() > 1 && guid.front() == '0') guid.remove_prefix(1);
    const auto [place, is_new] = of_id_.emplace(id[0] + std::string(guid), parts_.size());
    if (is_new) {
      expect_size(static_cast<double>(parts_.size()) + 1, 0);
      parts_.push_back({.type = id[0], .line = static_cast<std::int32_t>(line_)});
    }
    return place->second;
  }

  void name_switches() {
    for (Part& part : parts_) {
      if (part.type == 'H') continue;
      const std::string number = std::to_string(switches_.names().size());
      part.number =
          switches_.add_numbered(part.description.empty() ? "switch " + number : part.description);
      graph_.ports.push_back(static_cast<std::int32_t>(part.ports));
    }
    if (switches_.names().empty()) throw at(1, "the subnet has no switch");
  }

  void add_link(const Link& link) {
    const Part& a = parts_[link.a];
    const Part& b = parts_[link.b];
    if (is_aggregation(a) || is_aggregation(b)) return;
    if (a.type == 'H' && b.type == 'H') {
      throw at(link.line, "two adapters are joined without a switch", "nodes hang on switches");
    }
    if (a.type != 'H' && b.type != 'H') {
      if (a.number == b.number) throw at(link.line, "a link leads from a switch to itself");
      graph_.edges.push_back({a.number, b.number, rate(link), {}, 1});
    } else {
      const bool a_is_host = a.type == 'H';
      attach(a_is_host ? link.a : link.b, a_is_host ? link.port_a : link.port_b,
             a_is_host ? b.number : a.number);
      if (link.rate) {
        graph_.injection = std::min(*link.rate, graph_.injection.value_or(*link.rate));
        fastest_ = std::max(*link.rate, fastest_.value_or(*link.rate));
      }
    }
  }

  // Units of switches that add what passes them show as adapters.
  static bool is_aggregation(const Part& part) {
    return part.type == 'H' && part.description.find("Aggregation Node") != std::string::npos;
  }

  [[nodiscard]] LinkRate rate(const Link& link) const {
    if (!link.rate && !defaults_.bandwidth) {
      throw at(link.line, "the link has no rate", "", "give 'link_bandwidth' beside 'file'");
    }
    if (!defaults_.latency) {
      throw at(link.line, "the file tells no latencies", "", "give 'link_latency' beside 'file'");
    }
    return {link.rate ? *link.rate : *defaults_.bandwidth, *defaults_.latency};
  }

  void attach(std::size_t index, std::int64_t port, std::int64_t leaf) {
    const Part& part = parts_[index];
    Adapter adapter = adapter_of(part.description);
    // Without an adapter's name every part is a node of its own.
    const std::string key =
        adapter.host.empty() ? " " + std::to_string(index) : std::string(adapter.host);
    const auto [place, is_new] = hosts_.emplace(key, nics_.size());
    if (is_new) {
      const std::string& name = adapter.host.empty() ? part.description : adapter.host;
      node_names_.add_numbered(name.empty() ? "node " + std::to_string(nics_.size()) : name);
      graph_.node_lines.push_back(part.line);
      nics_.emplace_back();
    }
    nics_[place->second].push_back({std::move(adapter.name), port, leaf});
  }

  // NICs in the order of their adapters: mlx5_2 before mlx5_10.
  void attach_nodes() {
    for (std::vector<Nic>& nics : nics_) {
      std::stable_sort(nics.begin(), nics.end(), [](const Nic& a, const Nic& b) {
        return std::tuple(a.adapter.size(), std::string_view(a.adapter), a.port) <
               std::tuple(b.adapter.size(), std::string_view(b.adapter), b.port);
      });
      auto& leaves = graph_.nodes.emplace_back();
      for (const Nic& nic : nics) leaves.push_back(nic.leaf);
    }
    graph_.node_names = node_names_.names();
  }

  void add_remarks() {
    const auto aggregation = std::count_if(parts_.begin(), parts_.end(), is_aggregation);
    if (aggregation > 0) {
      graph_.remarks.push_back(std::to_string(aggregation) +
                               " units of switches that add what passes them are no nodes and are "
                               "passed over: give 'in_network_reduction' for what they do");
    }
    if (graph_.injection && fastest_ && *graph_.injection < *fastest_) {
      graph_.remarks.push_back("the adapters of '" + file_ +
                               "' have different rates: the lowest holds for every NIC");
    }
    std::size_t least = graph_.nodes.empty() ? 0 : graph_.nodes.front().size();
    for (const auto& nics : graph_.nodes) least = std::min(least, nics.size());
    if (const std::size_t most = most_nics(graph_); least < most) {
      graph_.remarks.push_back("nodes of '" + file_ + "' have " + std::to_string(least) + " to " +
                               std::to_string(most) +
                               " NICs: a node with fewer than 'nics' of 'node' counts its links "
                               "round");
    }
  }

  const std::string& file_;
  const LinkDefaults& defaults_;
  std::int64_t line_ = 0;
  std::vector<Part> parts_;
  std::unordered_map<std::string, std::size_t> of_id_;
  std::optional<std::size_t> current_;
  using End = std::pair<std::size_t, std::int64_t>;
  std::set<std::pair<End, End>> known_;
  std::vector<Link> links_;
  std::optional<Bandwidth> fastest_;
  NameTable switches_, node_names_;
  std::unordered_map<std::string, std::size_t> hosts_;
  std::vector<std::vector<Nic>> nics_;  // of each host
  SwitchGraph graph_;
};

}  // namespace

SwitchGraph read_ibnetdiscover(const std::string& text, const std::string& file,
                               const LinkDefaults& defaults) {
  return SubnetReader(file, defaults).read(text);
}

}  // namespace rehearse
