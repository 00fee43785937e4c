#include "kernels/models/ops/expert_keys.h"

#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {

std::vector<LayerKey> expert_keys() {
  return {{"experts", {"numexperts", "nroutedexperts", "numlocalexperts"}},
          {"active", {"topk", "numexpertspertok", "k"}}};
}

void read_experts(ObjectReader& layer, LayerSpec& spec) {
  spec.experts.experts = layer.integer("experts", 1, kMaxDimension);
  spec.experts.active = layer.integer("active", 1, kMaxDimension);
}

void check_experts(const ExpertShape& experts) {
  check_range("experts", experts.experts, 1);
  check_range("active", experts.active, 1);
  if (experts.active <= experts.experts) return;
  throw Error::input(std::to_string(experts.active) + " of " + std::to_string(experts.experts) +
                         " experts cannot be active",
                     "", "lower 'active'");
}

}  // namespace rehearse
