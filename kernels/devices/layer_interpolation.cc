#include "kernels/devices/layer_interpolation.h"

#include <cmath>
#include <string>

namespace rehearse {
namespace {

bool does_products(LayerKind kind) {
  return kind == LayerKind::convolution || kind == LayerKind::dense;
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
  bool products = does_products(kind);
  const std::string word = std::string(to_text(kind)) + " ";
  Mean mean = mean_of(layers, direction, work, products,
                      [&](const std::string& key) { return key.starts_with(word); });
  if (mean.weight == 0) {
    products = false;
    mean = mean_of(layers, direction, work, products, [](const std::string& key) {
      return !key.starts_with("convolution ") && !key.starts_with("dense ") &&
             !key.starts_with("update ") && !key.starts_with("input ");
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
