#include "runtime/strategies/priority_units.h"

#include <algorithm>
#include <numeric>

#include "runtime/collectives/schedule.h"

namespace rehearse {

std::vector<PriorityUnit> priority_units(std::span<const std::int64_t> gradients,
                                         std::int64_t most) {
  std::vector<PriorityUnit> units;  // backwards
  std::int64_t end = std::accumulate(gradients.begin(), gradients.end(), std::int64_t{0});
  bool open = false;  // whether the last unit may still grow
  for (auto i = static_cast<std::int64_t>(gradients.size()) - 1; i >= 0; --i) {
    const std::int64_t size = gradients[static_cast<std::size_t>(i)];
    const std::int64_t begin = end - size;
    if (open && units.back().size() + size <= most) {
      units.back().begin = begin;
      units.back().gradients.first = i;
    } else {
      const std::int64_t parts =
          most == 0 ? 1 : std::max<std::int64_t>(1, (size + most - 1) / most);
      for (std::int64_t part = parts - 1; part >= 0; --part) {
        units.push_back({begin + part_begin(size, parts, part),
                         begin + part_begin(size, parts, part + 1),
                         {i, i + 1}});
      }
      open = most > 0 && parts == 1;
    }
    end = begin;
  }
  std::ranges::reverse(units);
  return units;
}

}  // namespace rehearse
