#include "tests/kernels/reference_network.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include "base/random.h"
#include "kernels/executor.h"
#include "tests/kernels/reference_steps.h"

namespace rehearse::test {
namespace {

// Batch x channels x height x width; sequences are batch x steps x channels, with the steps as
// height.
struct Images {
  std::int64_t n, c, h, w;
  std::vector<double> values;

  Images(std::int64_t batch, const Shape& shape)
      : n(batch),
        c(shape.channels),
        h(shape.height * shape.sequence),
        w(shape.width),
        values(static_cast<std::size_t>(n * c * h * w)) {}

  double& at(std::int64_t i, std::int64_t channel, std::int64_t y, std::int64_t x) {
    return values[static_cast<std::size_t>(((i * c + channel) * h + y) * w + x)];
  }
  [[nodiscard]] double at(std::int64_t i, std::int64_t channel, std::int64_t y,
                          std::int64_t x) const {
    return const_cast<Images*>(this)->at(i, channel, y, x);
  }
  [[nodiscard]] bool inside(std::int64_t y, std::int64_t x) const {
    return 0 <= y && y < h && 0 <= x && x < w;
  }
};

using Place = std::function<double(std::int64_t, std::int64_t, std::int64_t, std::int64_t)>;

void fill(Images& out, const Place& value) {
  for (std::int64_t i = 0; i < out.n; ++i)
    for (std::int64_t c = 0; c < out.c; ++c)
      for (std::int64_t y = 0; y < out.h; ++y)
        for (std::int64_t x = 0; x < out.w; ++x) out.at(i, c, y, x) = value(i, c, y, x);
}

// Calls use(ky, kx, y, x) for each place of the window at output (oy, ox), in the padding as well.
template <class Use>
void slide(const Window& window, std::int64_t oy, std::int64_t ox, const Use& use) {
  for (std::int64_t ky = 0; ky < window.kernel_height; ++ky)
    for (std::int64_t kx = 0; kx < window.kernel_width; ++kx)
      use(ky, kx, oy * window.stride_height - window.padding_height + ky,
          ox * window.stride_width - window.padding_width + kx);
}

void convolve(const Layer& layer, const Images& in, const double* parameters, Images& out) {
  const std::int64_t in_group = in.c / layer.groups, out_group = out.c / layer.groups;
  const Window& window = layer.window;
  const double* bias = parameters + layer.parameters.front().elements;
  fill(out, [&](std::int64_t i, std::int64_t o, std::int64_t oy, std::int64_t ox) {
    double total = layer.bias ? bias[o] : 0;
    for (std::int64_t c = 0; c < in_group; ++c) {
      slide(window, oy, ox, [&](std::int64_t ky, std::int64_t kx, std::int64_t y, std::int64_t x) {
        const std::int64_t weight =
            ((o * in_group + c) * window.kernel_height + ky) * window.kernel_width + kx;
        if (in.inside(y, x)) {
          total += parameters[weight] * in.at(i, o / out_group * in_group + c, y, x);
        }
      });
    }
    return total;
  });
}

void multiply(const Layer& layer, const Images& in, const double* parameters, Images& out) {
  const std::int64_t inputs = in.c * in.h * in.w / layer.steps;
  const double* bias = parameters + inputs * out.c;
  for (std::int64_t i = 0; i < in.n * layer.steps; ++i) {
    for (std::int64_t o = 0; o < out.c; ++o) {
      double total = layer.bias ? bias[o] : 0;
      for (std::int64_t k = 0; k < inputs; ++k) {
        total += parameters[o * inputs + k] * in.values[static_cast<std::size_t>(i * inputs + k)];
      }
      out.values[static_cast<std::size_t>(i * out.c + o)] = total;
    }
  }
}

void pool(const Layer& layer, const Images& in, Images& out) {
  const Window window =
      layer.kind == LayerKind::global_average_pool ? Window{in.h, in.w} : layer.window;
  const double size = static_cast<double>(window.kernel_height * window.kernel_width);
  fill(out, [&](std::int64_t i, std::int64_t c, std::int64_t oy, std::int64_t ox) {
    double most = -std::numeric_limits<double>::infinity(), total = 0;
    slide(window, oy, ox, [&](std::int64_t, std::int64_t, std::int64_t y, std::int64_t x) {
      if (!in.inside(y, x)) return;
      most = std::max(most, in.at(i, c, y, x));
      total += in.at(i, c, y, x);
    });
    return layer.kind == LayerKind::max_pool ? most : total / size;
  });
}

void normalise(const Images& in, const double* parameters, const double* running, Images& out) {
  const double count = static_cast<double>(in.n * in.h * in.w);
  for (std::int64_t c = 0; c < in.c; ++c) {
    double sum = 0, squares = 0;
    const auto each = [&](const auto& use) {
      for (std::int64_t i = 0; i < in.n; ++i)
        for (std::int64_t y = 0; y < in.h; ++y)
          for (std::int64_t x = 0; x < in.w; ++x) use(i, y, x);
    };
    each([&](std::int64_t i, std::int64_t y, std::int64_t x) { sum += in.at(i, c, y, x); });
    const double mean = running != nullptr ? running[c] : sum / count;
    each([&](std::int64_t i, std::int64_t y, std::int64_t x) {
      squares += std::pow(in.at(i, c, y, x) - mean, 2);
    });
    const double variance = running != nullptr ? running[in.c + c] : squares / count;
    each([&](std::int64_t i, std::int64_t y, std::int64_t x) {
      out.at(i, c, y, x) = parameters[c] * (in.at(i, c, y, x) - mean) / std::sqrt(variance + 1e-5) +
                           parameters[in.c + c];
    });
  }
}

void respond(const Layer& layer, const Images& in, Images& out) {
  const std::int64_t half = layer.lrn_size / 2;
  fill(out, [&](std::int64_t i, std::int64_t c, std::int64_t y, std::int64_t x) {
    double squares = 0;
    for (std::int64_t k = std::max<std::int64_t>(0, c - half); k <= std::min(in.c - 1, c + half);
         ++k) {
      squares += std::pow(in.at(i, k, y, x), 2);
    }
    const double scale = 1 + 1e-4 / static_cast<double>(layer.lrn_size) * squares;
    return in.at(i, c, y, x) / std::pow(scale, 0.75);
  });
}

// Of vectors, whose places in memory are plain.
void drop(const Layer& layer, std::size_t index, const ReferenceMode& mode, Images& out) {
  if (!mode.training) return;
  const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  for (std::size_t k = 0; k < out.values.size(); ++k) {
    const auto bits = philox4x32(
        {low(k / 4), low(index), low(mode.dropout_stream), low(mode.dropout_stream >> 32)},
        {low(mode.dropout_seed), low(mode.dropout_seed >> 32)});
    const bool kept = bits[k % 4] >= layer.dropout_rate * 0x1p32;
    out.values[k] *= kept ? 1 / (1 - layer.dropout_rate) : 0;
  }
}

// Over all labels: one for each sample, or for each step of it.
double cross_entropy(const Images& scores, const std::vector<std::int32_t>& labels) {
  double total = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double* own = scores.values.data() + static_cast<std::int64_t>(i) * scores.c;
    double sum = 0;
    for (std::int64_t c = 0; c < scores.c; ++c) sum += std::exp(own[c]);
    total += std::log(sum) - own[labels[i]];
  }
  return total / static_cast<double>(labels.size());
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// The definition, one sample and one step at a time (kernels/models/ops/lstm.cc).
void remember(const Layer& layer, const Images& in, const double* parameters, Images& out) {
  const std::int64_t units = out.c, steps = in.h;
  const double* recurrent = parameters + layer.parameters[0].elements;
  const double* bias = recurrent + layer.parameters[1].elements;
  for (std::int64_t i = 0; i < in.n; ++i) {
    std::vector<double> hidden(static_cast<std::size_t>(units)), cell = hidden;
    for (std::int64_t t = 0; t < steps; ++t) {
      const double* x = in.values.data() + (i * steps + t) * in.c;
      const std::vector<double> before = hidden;
      for (std::int64_t u = 0; u < units; ++u) {
        const auto gate = [&](std::int64_t which) {
          const std::int64_t row = which * units + u;
          double total = bias[row];
          for (std::int64_t k = 0; k < in.c; ++k) total += parameters[row * in.c + k] * x[k];
          for (std::int64_t k = 0; k < units; ++k) {
            total += recurrent[row * units + k] * before[static_cast<std::size_t>(k)];
          }
          return total;
        };
        const auto unit = static_cast<std::size_t>(u);
        cell[unit] = sigmoid(gate(1)) * cell[unit] + sigmoid(gate(0)) * std::tanh(gate(2));
        hidden[unit] = sigmoid(gate(3)) * std::tanh(cell[unit]);
      }
      if (out.h == steps) {
        std::copy(hidden.begin(), hidden.end(), out.values.begin() + (i * steps + t) * units);
      }
    }
    if (out.h == 1) std::copy(hidden.begin(), hidden.end(), out.values.begin() + i * units);
  }
}

// Offsets of each layer's first tensor: the last layer comes first.
std::vector<std::size_t> parameter_offsets(const Model& model) {
  std::vector<std::size_t> offsets(model.layers().size());
  std::size_t at = 0;
  for (std::size_t i = model.layers().size(); i-- > 0;) {
    offsets[i] = at;
    for (const ParameterTensor& tensor : model.layers()[i].parameters) {
      at += static_cast<std::size_t>(tensor.elements);
    }
  }
  return offsets;
}

// `steps`: of each sample; 1 of images.
void join(const std::vector<const Images*>& parts, std::int64_t steps, Images& out) {
  std::int64_t first = 0;
  for (const Images* part : parts) {
    const std::int64_t places = part->h * part->w / steps;
    for (std::int64_t i = 0; i < part->n * steps; ++i)
      for (std::int64_t c = 0; c < part->c; ++c)
        for (std::int64_t place = 0; place < places; ++place)
          out.values[static_cast<std::size_t>((i * out.c + first + c) * places + place)] =
              part->values[static_cast<std::size_t>((i * part->c + c) * places + place)];
    first += part->c;
  }
}

}  // namespace

Batch random_batch(const Model& model, std::int64_t batch, std::uint64_t seed) {
  RandomStream random(seed, {1});
  Batch result;
  result.images.resize(static_cast<std::size_t>(batch * model.input_shape().elements()));
  const Layer& first = model.layers()[1];
  for (float& x : result.images) {
    x = static_cast<float>(
        first.kind == LayerKind::embedding
            ? static_cast<double>(random.below(static_cast<std::uint64_t>(first.vocabulary)))
            : random.normal());
  }
  for (std::int64_t i = 0; i < batch * labels_per_sample(model); ++i) {
    result.labels.push_back(static_cast<std::int32_t>(i % model.classes()));
  }
  return result;
}

double reference_loss(const Model& model, const Batch& batch, const std::vector<double>& parameters,
                      const ReferenceMode& mode, const std::vector<double>& statistics) {
  const std::int64_t samples =
      static_cast<std::int64_t>(batch.labels.size()) / labels_per_sample(model);
  const std::vector<std::size_t> offsets = parameter_offsets(model);
  const double* running = statistics.data();
  std::vector<Images> outputs;
  std::vector<double> losses;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    outputs.emplace_back(samples, layer.output);
    Images& out = outputs.back();
    if (i == 0) {
      out.values.assign(batch.images.begin(), batch.images.end());
      continue;
    }
    const Images& in = outputs[layer.inputs.front()];
    const double* own = parameters.data() + offsets[layer.tied.value_or(i)];
    if (in.values.size() == out.values.size()) out.values = in.values;
    if (is_of_steps(layer.kind)) {
      std::vector<StepsIn> inputs;
      for (const std::size_t from : layer.inputs) {
        inputs.push_back({outputs[from].values.data(), outputs[from].c});
      }
      reference_steps(layer, samples, inputs, own, out.values);
      continue;
    }
    switch (layer.kind) {
      case LayerKind::convolution:
        convolve(layer, in, own, out);
        break;
      case LayerKind::dense:
        multiply(layer, in, own, out);
        break;
      case LayerKind::relu:
        for (double& x : out.values) x = std::max(x, 0.0);
        break;
      case LayerKind::max_pool:
      case LayerKind::average_pool:
      case LayerKind::global_average_pool:
        pool(layer, in, out);
        break;
      case LayerKind::batch_norm:
        normalise(in, own, mode.training ? nullptr : running, out);
        running += 2 * in.c;
        break;
      case LayerKind::add:
        for (std::size_t k = 1; k < layer.inputs.size(); ++k) {
          const Images& next = outputs[layer.inputs[k]];
          for (std::size_t e = 0; e < out.values.size(); ++e) out.values[e] += next.values[e];
        }
        break;
      case LayerKind::concat: {
        std::vector<const Images*> parts;
        for (const std::size_t from : layer.inputs) parts.push_back(&outputs[from]);
        join(parts, layer.steps, out);
        break;
      }
      case LayerKind::lrn:
        respond(layer, in, out);
        break;
      case LayerKind::dropout:
        drop(layer, i, mode, out);
        break;
      case LayerKind::lstm:
        remember(layer, in, own, out);
        break;
      case LayerKind::softmax_cross_entropy:
        losses.push_back(cross_entropy(in, batch.labels));
        break;
      case LayerKind::input:
      case LayerKind::flatten:
        break;
      default:  // kinds that are only predicted
        throw std::logic_error("the reference does not compute " +
                               std::string(to_text(layer.kind)));
    }
  }
  double total = losses.back();  // the main head's; others are auxiliary
  for (std::size_t i = 0; i + 1 < losses.size(); ++i) total += 0.3 * losses[i];
  return total;
}

}  // namespace rehearse::test
