#include "kernels/models/pipeline_cut.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

// The first layer of each block, in their order, and the end of the last.
std::vector<std::size_t> starts_of(const Model& model) {
  std::vector<std::size_t> all, of_blocks;
  for (const LayerRange& unit : units_of(model)) {
    all.push_back(unit.first);
    if (model.layers()[unit.first].block) of_blocks.push_back(unit.first);
  }
  return of_blocks.empty() ? all : of_blocks;
}

}  // namespace

int block_count(const Model& model) { return static_cast<int>(starts_of(model).size()); }

std::vector<int> even_cut(int blocks, int parts) {
  EXPECTS(parts >= 1 && parts <= blocks);
  std::vector<int> cut(static_cast<std::size_t>(parts), blocks / parts);
  const int rest = blocks % parts;
  for (int i = 0; i < rest; ++i) ++cut[static_cast<std::size_t>(parts - 2 - i)];
  return cut;
}

std::vector<LayerRange> ranges_of(const Model& model, const std::vector<int>& blocks) {
  const std::vector<std::size_t> starts = starts_of(model);
  std::vector<LayerRange> ranges;
  std::size_t first = 1, passed = 0;
  for (const int count : blocks) {
    EXPECTS(count >= 1);
    passed += static_cast<std::size_t>(count);
    EXPECTS(passed <= starts.size());
    const std::size_t end = passed == starts.size() ? model.layers().size() : starts[passed];
    ranges.push_back({first, end});
    first = end;
  }
  EXPECTS(passed == starts.size());
  return ranges;
}

}  // namespace rehearse
