#include "tests/kernels/reference_steps.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/contract.h"

namespace rehearse::test {
namespace {

constexpr double kEpsilon = 1e-5;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double silu(double x) { return x * sigmoid(x); }

// The form with tanh (Hendrycks and Gimpel, arXiv:1606.08415).
double gelu(double x) {
  const double u = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1 + std::tanh(u));
}

// A row of weights times a vector.
double dot(const double* a, const double* b, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

void normalise(bool centred, const double* x, std::int64_t n, const double* own, double* y) {
  const double mean = centred ? std::accumulate(x, x + n, 0.0) / static_cast<double>(n) : 0;
  double squares = 0;
  for (std::int64_t i = 0; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(n) + kEpsilon);
  for (std::int64_t i = 0; i < n; ++i) {
    y[i] = own[i] * (x[i] - mean) / deviation + (centred ? own[n + i] : 0);
  }
}

// Pairs (i, i + d/2) of each head of queries and keys as complex numbers.
void rotate(const AttentionShape& a, std::int64_t step, const double* x, std::int64_t channels,
            double* y) {
  std::copy_n(x, channels, y);
  const std::int64_t half = a.head_dim / 2;
  for (std::int64_t head = 0; head < a.heads + a.kv_heads; ++head) {
    for (std::int64_t i = 0; i < half; ++i) {
      const double angle =
          static_cast<double>(step) *
          std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(a.head_dim));
      const std::int64_t p = head * a.head_dim + i, q = p + half;
      y[p] = x[p] * std::cos(angle) - x[q] * std::sin(angle);
      y[q] = x[p] * std::sin(angle) + x[q] * std::cos(angle);
    }
  }
}

bool sees(const AttentionShape& a, std::int64_t query, std::int64_t key) {
  if (a.causal) return key <= query && (a.window == 0 || key > query - a.window);
  const std::int64_t from = query - a.window / 2;
  return a.window == 0 || (from <= key && key < from + a.window);
}

// By the definition: all scores of a query, their softmax, the mean of the values.
void attend(const Layer& layer, std::int64_t samples, const std::vector<StepsIn>& inputs,
            std::vector<double>& out) {
  const AttentionShape& a = layer.attention;
  const bool packed = inputs.size() == 1;
  const auto part = [&](std::size_t which, std::int64_t row) {
    if (!packed) return inputs[which].values + row * inputs[which].channels;
    const std::int64_t offsets[] = {0, a.heads * a.head_dim, (a.heads + a.kv_heads) * a.head_dim};
    return inputs[0].values + row * inputs[0].channels + offsets[which];
  };
  for (std::int64_t n = 0; n < samples; ++n) {
    for (std::int64_t head = 0; head < a.heads; ++head) {
      const std::int64_t kv = head / (a.heads / a.kv_heads);
      for (std::int64_t query = 0; query < layer.steps; ++query) {
        const double* q = part(0, n * layer.steps + query) + head * a.head_dim;
        std::vector<double> weights;
        double sum = 0;
        for (std::int64_t key = 0; key < layer.steps; ++key) {
          const double* k = part(1, n * layer.steps + key) + kv * a.head_dim;
          const double score = dot(q, k, a.head_dim) / std::sqrt(static_cast<double>(a.head_dim));
          weights.push_back(sees(a, query, key) ? std::exp(score) : 0);
          sum += weights.back();
        }
        double* y = out.data() + ((n * layer.steps + query) * a.heads + head) * a.value_dim;
        for (std::int64_t key = 0; key < layer.steps; ++key) {
          const double* v = part(2, n * layer.steps + key) + kv * a.value_dim;
          const double weight = weights[static_cast<std::size_t>(key)] / sum;
          for (std::int64_t i = 0; i < a.value_dim; ++i) y[i] += weight * v[i];
        }
      }
    }
  }
}

void route(const Layer& layer, const double* x, std::int64_t n, const double* own, double* y) {
  const std::int64_t experts = layer.experts.experts;
  std::vector<std::pair<double, std::int64_t>> scores;
  for (std::int64_t e = 0; e < experts; ++e) {
    const double bias = layer.bias ? own[experts * n + e] : 0;
    scores.emplace_back(-dot(own + e * n, x, n) - bias, e);
  }
  std::sort(scores.begin(), scores.end());
  double sum = 0;
  for (std::int64_t k = 0; k < layer.experts.active; ++k) {
    const auto& [negative, e] = scores[static_cast<std::size_t>(k)];
    y[e] = std::exp(-negative);
    sum += y[e];
  }
  for (std::int64_t e = 0; e < experts; ++e) y[e] /= sum;
}

void serve(const Layer& layer, const double* x, const double* weights, std::int64_t n,
           const double* own, double* y) {
  const ExpertShape& shape = layer.experts;
  const std::int64_t f = shape.features;
  const double* up = own;
  const double* down = up + shape.experts * 2 * f * n;
  const double* up_bias = down + shape.experts * f * n;
  const double* down_bias = up_bias + shape.experts * 2 * f;
  for (std::int64_t e = 0; e < shape.experts; ++e) {
    if (weights[e] == 0) continue;
    const auto pair = [&](std::int64_t i) {
      return dot(up + (e * 2 * f + i) * n, x, n) + (shape.bias ? up_bias[e * 2 * f + i] : 0);
    };
    std::vector<double> units;
    for (std::int64_t i = 0; i < f; ++i) units.push_back(silu(pair(i)) * pair(f + i));
    for (std::int64_t i = 0; i < n; ++i) {
      y[i] += weights[e] * (dot(down + (e * n + i) * f, units.data(), f) +
                            (shape.bias ? down_bias[e * n + i] : 0));
    }
  }
}

}  // namespace

bool is_of_steps(LayerKind kind) {
  switch (kind) {
    case LayerKind::embedding:
    case LayerKind::position_embedding:
    case LayerKind::layer_norm:
    case LayerKind::rms_norm:
    case LayerKind::rotary:
    case LayerKind::attention:
    case LayerKind::gelu:
    case LayerKind::silu:
    case LayerKind::swiglu:
    case LayerKind::sigmoid:
    case LayerKind::tanh:
    case LayerKind::router:
    case LayerKind::experts:
      return true;
    default:
      return false;
  }
}

void reference_steps(const Layer& layer, std::int64_t samples, const std::vector<StepsIn>& inputs,
                     const double* own, std::vector<double>& out) {
  std::fill(out.begin(), out.end(), 0.0);
  if (layer.kind == LayerKind::attention) return attend(layer, samples, inputs, out);
  const std::int64_t n = inputs[0].channels, width = layer.output.channels;
  // Element by element: images as well, whose elements are no steps.
  const std::int64_t elements = static_cast<std::int64_t>(out.size());
  const auto each = [&](double (*function)(double)) {
    for (std::int64_t i = 0; i < elements; ++i) {
      out[static_cast<std::size_t>(i)] = function(inputs[0].values[i]);
    }
  };
  if (layer.kind == LayerKind::gelu) return each(gelu);
  if (layer.kind == LayerKind::silu) return each(silu);
  if (layer.kind == LayerKind::sigmoid) return each(sigmoid);
  if (layer.kind == LayerKind::tanh) return each([](double x) { return std::tanh(x); });
  for (std::int64_t row = 0; row < samples * layer.steps; ++row) {
    const double* x = inputs[0].values + row * n;
    double* y = out.data() + row * width;
    const std::int64_t step = row % layer.steps;
    switch (layer.kind) {
      case LayerKind::embedding:
        std::copy_n(own + static_cast<std::int64_t>(x[0]) * width, width, y);
        break;
      case LayerKind::position_embedding:
        for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] + own[step * n + i];
        break;
      case LayerKind::layer_norm:
      case LayerKind::rms_norm:
        normalise(layer.kind == LayerKind::layer_norm, x, n, own, y);
        break;
      case LayerKind::rotary:
        rotate(layer.attention, step, x, n, y);
        break;
      case LayerKind::swiglu:
        for (std::int64_t i = 0; i < width; ++i) y[i] = silu(x[i]) * x[width + i];
        break;
      case LayerKind::router:
        route(layer, x, n, own, y);
        break;
      case LayerKind::experts:
        serve(layer, x, inputs[1].values + row * inputs[1].channels, n, own, y);
        break;
      default:
        EXPECTS(false);
    }
  }
}

}  // namespace rehearse::test
