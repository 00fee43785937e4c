#include "kernels/devices/layer_interpolation.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

// Whether a key of a measured time is one of a layer that multiplies matrices.
bool is_matrix_key(const std::string& key) {
  const std::vector<std::string> words = kLayerKindNames.words();
  const auto found = std::find(words.begin(), words.end(), key.substr(0, key.find(' ')));
  return found != words.end() &&
         op_of(static_cast<LayerKind>(found - words.begin())).multiplies_matrices();
}

double square(double x) { return x * x; }

// Weighted mean of ln(time / work) of the layers that `admits` takes.
struct Mean {
  double weight = 0;
  double alone = 0;
  double busy = 0;

  void add(double w, const MeasuredTime& time, double amount) {
    weight += w;
    alone += w * std::log(time.alone.value() / amount);
    busy += w * std::log(time.busy.value() / amount);
  }
};

template <class Admits>
Mean mean_of(const MeasuredLayers& layers, Direction direction, const Work& work, bool products,
             Admits admits) {
  Mean mean;
  for (const auto& [key, layer] : layers.all()) {
    const MeasuredTime& time = layer.time(direction);
    const Work& done = layer.work(direction);
    const double amount = products ? done.flops.value() : done.bytes.value();
    if (!admits(key.first) || !(time.alone > Duration(0)) || !(amount > 0)) continue;
    const double distance = square(std::log((done.flops.value() + 1) / (work.flops.value() + 1))) +
                            square(std::log(done.bytes / work.bytes));
    mean.add(1 / (distance + 0.01), time, amount);
  }
  return mean;
}

}  // namespace

MeasuredTime interpolate(const MeasuredLayers& layers, LayerKind kind, Direction direction,
                         const Work& work) {
  if (!(work.bytes > Bytes(0))) return {};
  bool products = op_of(kind).multiplies_matrices();
  const std::string word = std::string(to_text(kind)) + " ";
  Mean mean = mean_of(layers, direction, work, products,
                      [&](const std::string& key) { return key.starts_with(word); });
  if (mean.weight == 0) {
    products = false;
    mean = mean_of(layers, direction, work, products, [](const std::string& key) {
      return !is_matrix_key(key) && !key.starts_with("update ") && !key.starts_with("input ");
    });
  }
  if (mean.weight == 0) return {};
  const double amount = products ? work.flops.value() : work.bytes.value();
  MeasuredTime time;
  time.alone = Duration(amount * std::exp(mean.alone / mean.weight));
  time.busy = Duration(amount * std::exp(mean.busy / mean.weight));
  return time;
}

}  // namespace rehearse
