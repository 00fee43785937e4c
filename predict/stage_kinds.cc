#include "predict/stage_kinds.h"

namespace rehearse {

std::vector<StageKind> StageKinds::of(const Layout& layout) {
  std::vector<std::size_t> parts;
  for (const UnitRange& range : units_of_parts(units_, layout)) {
    std::string text;
    for (std::size_t u = range.first; u < range.end; ++u) {
      text += std::to_string(units_.class_of(u)) + ' ';
    }
    const auto [known, added] = known_.try_emplace(std::move(text), ranges_.size());
    if (added) ranges_.push_back(range);
    parts.push_back(known->second);
  }
  const PipelineShape shape = pipeline_of(layout);
  std::vector<StageKind> kinds;
  for (int stage = 0; stage < shape.stages; ++stage) {
    StageKind kind{{}, stage, stage, 1, stage == 0 || stage + 1 == shape.stages};
    kind.ends = kind.ends && shape.stages > 1;
    for (int chunk = 0; chunk < shape.chunks; ++chunk) {
      kind.parts.push_back(parts[static_cast<std::size_t>(part_at(shape, stage, chunk))]);
    }
    bool found = false;
    for (StageKind& known : kinds) {
      if (known.parts != kind.parts || known.ends != kind.ends) continue;
      known.last = stage;
      ++known.count;
      found = true;
      break;
    }
    if (!found) kinds.push_back(std::move(kind));
  }
  return kinds;
}

}  // namespace rehearse
