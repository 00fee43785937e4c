// The scaling curve of a prediction as a picture.
#pragma once

#include <string>

#include "predict/prediction.h"

namespace rehearse {

// A self-contained SVG: throughput (both axes logarithmic) with the ideal line above, efficiency
// below, both with their p10 – p90 bands, over the number of workers (base 2);
// of collectives without a model their time alone. REQUIRES: at least
// one point.
std::string scaling_chart_svg(const Prediction& prediction);

}  // namespace rehearse
