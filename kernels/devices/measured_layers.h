// Layer times measured on one device, filed under layer_key and batch.
//
// Each is measured twice: with the device alone on its node, and with every other device of the
// node running the same layer (they share memory bandwidth and caches).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/units.h"
#include "kernels/models/work.h"

namespace rehearse {

struct MeasuredTime {
  Duration alone;  // mean without stalls
  Duration busy;   // the same with all devices of the node at work; equal to `alone` if not known
  double spread = 0;  // median absolute deviation / median, of `alone`
  // As `alone`, but again and again on the same data, so that the caches hold what fits them. A
  // step does not run so; it tells what the caches are worth. Absent where it was not measured.
  std::optional<Duration> warm{};
};

struct MeasuredLayer {
  MeasuredTime forward;
  MeasuredTime backward_data;  // zero where there is nothing to do
  // As above. A backward pass that is one kernel is reported as one of the two: that of batch
  // normalisation as backward_data, that of an lstm as backward_weights.
  MeasuredTime backward_weights;
  Work forward_work, backward_data_work, backward_weights_work;

  [[nodiscard]] const MeasuredTime& time(Direction direction) const;
  [[nodiscard]] const Work& work(Direction direction) const;
};

class MeasuredLayers {
 public:
  using Key = std::pair<std::string, std::int64_t>;  // layer_key, batch

  void add(const std::string& key, std::int64_t batch, const MeasuredLayer& layer);
  [[nodiscard]] const std::map<Key, MeasuredLayer>& all() const { return layers_; }
  [[nodiscard]] bool empty() const { return layers_.empty(); }

  // Null when this layer was not measured at this batch.
  [[nodiscard]] const MeasuredLayer* find(const std::string& key, std::int64_t batch) const;

 private:
  std::map<Key, MeasuredLayer> layers_;
};

}  // namespace rehearse
