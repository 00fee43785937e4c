// What emulated runs learn, over predicted time, as a picture.
#pragma once

#include <string>
#include <vector>

#include "report/emulation_report.h"

namespace rehearse {

struct NamedEmulation {
  std::string name;  // in the legend
  Emulation emulation;
};

// A self-contained SVG: the loss (logarithmic where it spans more than a decade) and, where there
// is a test set, the accuracy on it below, over the predicted seconds; one curve for each run.
// `facts` stand under the title (report/svg/chart_heading.h). REQUIRES: at least one run with a
// point.
std::string learning_chart_svg(const std::vector<NamedEmulation>& runs,
                               const std::vector<std::string>& facts = {});

}  // namespace rehearse
