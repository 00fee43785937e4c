#include "kernels/devices/measured_layers.h"

namespace rehearse {

const MeasuredTime& MeasuredLayer::time(Direction direction) const {
  switch (direction) {
    case Direction::forward:
      return forward;
    case Direction::backward_data:
      return backward_data;
    case Direction::backward_weights:
      break;
  }
  return backward_weights;
}

const Work& MeasuredLayer::work(Direction direction) const {
  switch (direction) {
    case Direction::forward:
      return forward_work;
    case Direction::backward_data:
      return backward_data_work;
    case Direction::backward_weights:
      break;
  }
  return backward_weights_work;
}

void MeasuredLayers::add(const std::string& key, std::int64_t batch, const MeasuredLayer& layer) {
  layers_.insert_or_assign({key, batch}, layer);
}

const MeasuredLayer* MeasuredLayers::find(const std::string& key, std::int64_t batch) const {
  const auto found = layers_.find({key, batch});
  return found == layers_.end() ? nullptr : &found->second;
}

}  // namespace rehearse
