// Which stages of a pipeline are alike, of many pipelines over the same model: their parts have the
// same units.
//
//   StageKinds kinds(units);
//   for (const StageKind& kind : kinds.of(layout)) …     // the first stage, the inner ones, the
//   last
#pragma once

#include <map>
#include <string>
#include <vector>

#include "predict/layout_parts.h"
#include "predict/layout_units.h"

namespace rehearse {

struct StageKind {
  std::vector<std::size_t> parts;      // by chunk: which of StageKinds::ranges()
  int first = 0, last = 0, count = 0;  // stages
  bool ends = false;                   // the first or the last stage of several
};

class StageKinds {
 public:
  // Borrows units.
  explicit StageKinds(const LayoutUnits& units) : units_(units) {}

  // In the order of their first stages. Throws Error::input as units_of_parts.
  std::vector<StageKind> of(const Layout& layout);
  // Parts that differ, with units of the model that make them.
  [[nodiscard]] const std::vector<UnitRange>& ranges() const { return ranges_; }

 private:
  const LayoutUnits& units_;
  std::vector<UnitRange> ranges_;
  std::map<std::string, std::size_t> known_;
};

}  // namespace rehearse
