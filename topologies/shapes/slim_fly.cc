#include "topologies/shapes/slim_fly.h"

#include <array>

#include "base/contract.h"

namespace rehearse {
namespace {

// The exponents of X: the even ones; for q = 4w - 1 those below 2w and the odd ones from 2w - 1 on.
std::vector<std::int64_t> exponents(std::int64_t q) {
  std::vector<std::int64_t> found;
  const bool mixed_parity = q % 4 == 3;
  const std::int64_t half = (q + 1) / 2;  // 2w
  for (std::int64_t e = 0; e < (mixed_parity ? half : q - 1); e += 2) found.push_back(e);
  for (std::int64_t e = half - 1; mixed_parity && e < q - 1; e += 2) found.push_back(e);
  return found;
}

}  // namespace

bool SlimFlyShape::exists(std::int64_t q) { return q > 2 && prime_factor_of_power(q).has_value(); }

SlimFlyShape::SlimFlyShape(std::int64_t q, std::int64_t nodes_per_switch)
    : field_(q), nodes_per_switch_(nodes_per_switch) {
  EXPECTS(exists(q) && nodes_per_switch >= 1);
  in_line_.assign(static_cast<std::size_t>(2 * q * q), -1);
  for (std::int64_t subgraph = 0; subgraph < 2; ++subgraph) {
    std::vector<std::int64_t> differences;
    for (const std::int64_t e : exponents(q)) differences.push_back(field_.power(e + subgraph));
    number_edges_of(subgraph, differences);
  }
}

void SlimFlyShape::number_edges_of(std::int64_t subgraph,
                                   const std::vector<std::int64_t>& differences) {
  std::vector<bool> joined(static_cast<std::size_t>(q()));
  for (const std::int64_t d : differences) joined[static_cast<std::size_t>(d)] = true;
  std::int64_t next = 0;
  const auto entry = [&](std::int64_t a, std::int64_t b) -> std::int64_t& {
    return in_line_[static_cast<std::size_t>((subgraph * q() + a) * q() + b)];
  };
  for (std::int64_t a = 0; a < q(); ++a) {
    for (std::int64_t b = a + 1; b < q(); ++b) {
      if (joined[static_cast<std::size_t>(field_.subtract(a, b))]) {
        entry(a, b) = entry(b, a) = next++;
      }
    }
  }
  ENSURES(2 * next == q() * inside(q()));
}

void SlimFlyShape::each_edge(const std::function<void(const Edge&)>& visit) const {
  for (std::int64_t subgraph = 0; subgraph < 2; ++subgraph) {
    for (std::int64_t line = 0; line < q(); ++line) {
      for (std::int64_t a = 0; a < q(); ++a) {
        for (std::int64_t b = a + 1; b < q(); ++b) {
          if (in_line(subgraph, a, b) < 0) continue;
          visit({switch_at({subgraph, line, a}), switch_at({subgraph, line, b}), local});
        }
      }
    }
  }
  for (std::int64_t x = 0; x < q(); ++x) {
    for (std::int64_t m = 0; m < q(); ++m) {
      for (std::int64_t c = 0; c < q(); ++c) {
        visit({switch_at({0, x, meeting(x, m, c)}), switch_at({1, m, c}), global});
      }
    }
  }
}

std::string SlimFlyShape::switch_name(std::int64_t switch_index) const {
  const SwitchLabel label = label_of(switch_index);
  return "subgraph " + std::to_string(label.subgraph) + " switch (" + std::to_string(label.line) +
         ", " + std::to_string(label.point) + ")";
}

NetworkShape::Hop SlimFlyShape::hop(const SwitchLabel& from, const SwitchLabel& to) const {
  if (from.subgraph == to.subgraph) {
    if (from.line != to.line) return -1;
    const std::int64_t nth = in_line(from.subgraph, from.point, to.point);
    if (nth < 0) return -1;
    const std::int64_t line = from.subgraph * q() + from.line;
    return 2 * (line * (q() * inside(q()) / 2) + nth) + (from.point < to.point ? 0 : 1);
  }
  const bool ahead = from.subgraph == 0;
  const SwitchLabel& zero = ahead ? from : to;
  const SwitchLabel& one = ahead ? to : from;
  if (meeting(zero.line, one.line, one.point) != zero.point) return -1;
  const std::int64_t first = q() * q() * inside(q());
  return 2 * (first + (zero.line * q() + one.line) * q() + one.point) + (ahead ? 0 : 1);
}

std::vector<SlimFlyShape::SwitchLabel> SlimFlyShape::between(const SwitchLabel& a,
                                                             const SwitchLabel& b) const {
  std::vector<SwitchLabel> found;
  const auto consider = [&](const SwitchLabel& label) {
    if (hop(a, label) >= 0 && hop(label, b) >= 0) found.push_back(label);
  };
  if (a.subgraph != b.subgraph) {
    const SwitchLabel& zero = a.subgraph == 0 ? a : b;
    const SwitchLabel& one = a.subgraph == 0 ? b : a;
    // In the line of one end, the only switch that is joined to the other end.
    consider({0, zero.line, meeting(zero.line, one.line, one.point)});
    consider({1, one.line, field_.subtract(zero.point, field_.multiply(one.line, zero.line))});
  } else if (a.line == b.line) {
    for (std::int64_t point = 0; point < q(); ++point) consider({a.subgraph, a.line, point});
  } else {
    // Two lines of a subgraph meet in one switch of the other: y = m x + c for both.
    const std::int64_t slope =
        field_.divide(field_.subtract(a.point, b.point), field_.subtract(a.line, b.line));
    if (a.subgraph == 0) {
      found.push_back({1, slope, field_.subtract(a.point, field_.multiply(slope, a.line))});
    } else {
      const std::int64_t x = field_.subtract(0, slope);
      found.push_back({0, x, meeting(x, a.line, a.point)});
    }
  }
  return found;
}

void SlimFlyShape::minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
                           std::vector<Hop>& out) const {
  if (from == to) return;
  const SwitchLabel a = label_of(from);
  const SwitchLabel b = label_of(to);
  if (const Hop direct = hop(a, b); direct >= 0) {
    out.push_back(direct);
    return;
  }
  const std::vector<SwitchLabel> middle = between(a, b);
  ENSURES(!middle.empty());
  const SwitchLabel& over = middle[turn % middle.size()];
  out.push_back(hop(a, over));
  out.push_back(hop(over, b));
}

std::int64_t SlimFlyShape::minimal_routes(std::int64_t from, std::int64_t to) const {
  const SwitchLabel a = label_of(from);
  const SwitchLabel b = label_of(to);
  if (from == to || hop(a, b) >= 0) return 1;
  return static_cast<std::int64_t>(between(a, b).size());
}

}  // namespace rehearse
