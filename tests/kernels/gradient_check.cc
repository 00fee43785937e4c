#include "tests/kernels/gradient_check.h"

#include <algorithm>
#include <cmath>

#include "tests/kernels/reference_network.h"

namespace rehearse::test {
namespace {

std::vector<double> plain_parameters(const Model& model, Executor& net) {
  std::vector<float> values = initial_parameters(model, 7);
  // No bias, scale or shift at its neutral value.
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] += 0.1F * std::sin(static_cast<float>(i));
  }
  net.import_parameters(values);
  return {values.begin(), values.end()};
}

// Gradients have the layout of parameters.
std::vector<float> plain_gradients(Executor& net) {
  const std::vector<float> kept = values_of(net.parameters());
  backend().copy(net.gradients(), net.parameters());
  std::vector<float> plain(kept.size());
  net.export_parameters(plain);
  write_values(kept, net.parameters());
  return plain;
}

void run_step(Executor& net, const Batch& batch) {
  net.load(batch.images, batch.labels);
  for (std::size_t i = 1; i < net.model().layers().size(); ++i) net.forward(i);
  for (std::size_t i = net.model().layers().size() - 1; i >= 1; --i) net.backward(i);
}

}  // namespace

void check_gradients(const Model& model, std::int64_t samples, int threads) {
  SCOPED_TRACE(model.name() + ", batch " + std::to_string(samples));
  const auto net = backend().make_executor(model, {.batch = samples, .threads = threads});
  std::vector<double> parameters = plain_parameters(model, *net);
  const Batch batch = random_batch(model, samples, 3);
  net->set_dropout_stream(5);
  run_step(*net, batch);

  const ReferenceMode mode{.dropout_stream = 5};
  const auto reference = [&] { return reference_loss(model, batch, parameters, mode); };
  EXPECT_NEAR(net->loss(), reference(), 2e-5);

  const std::vector<float> gradients = plain_gradients(*net);
  std::size_t at = 0;
  for (std::size_t i = model.layers().size(); i-- > 0;) {
    for (const ParameterTensor& tensor : model.layers()[i].parameters) {
      // Every element of small tensors, some two hundred all over the large ones.
      const auto size = static_cast<std::size_t>(tensor.elements);
      const std::size_t stride = (size / 200) | 1;
      std::vector<double> differences;
      double largest = 0;
      for (std::size_t k = 0; k < size; k += stride) {
        double& parameter = parameters[at + k];
        const double kept = parameter, step = 1e-6;
        parameter = kept + step;
        const double above = reference();
        parameter = kept - step;
        const double below = reference();
        parameter = kept;
        differences.push_back((above - below) / (2 * step));
        largest = std::max(largest, std::abs(differences.back()));
      }
      for (std::size_t k = 0; k < differences.size(); ++k) {
        // Single precision through a few layers: 1e-4 of the tensor's largest gradient.
        ASSERT_NEAR(static_cast<double>(gradients[at + k * stride]), differences[k],
                    1e-4 * largest + 1e-6)
            << tensor.name << "[" << k * stride << "]";
      }
      at += size;
    }
  }
}

}  // namespace rehearse::test
