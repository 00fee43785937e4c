// The scaling curve of a prediction as a picture.
#pragma once

#include <string>
#include <vector>

#include "predict/prediction.h"

namespace rehearse {

// A self-contained SVG: throughput (both axes logarithmic) with the ideal line above, efficiency
// below, both with their p10 – p90 bands (bars where there is one point), over the number of
// workers (base 2); of collectives without a model their time alone. `facts` stand under the title
// (report/svg/chart_heading.h). REQUIRES: at least one point.
std::string scaling_chart_svg(const Prediction& prediction,
                              const std::vector<std::string>& facts = {});

}  // namespace rehearse
