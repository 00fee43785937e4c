// A training step of this project's executor beside one of libtorch: the same layers, batch and
// threads, in turns on the same machine.
//
//   ninja -C build libtorch_step && build/bench/libtorch_step [NETWORK BATCH [THREADS [STEPS]]]
//
// A step is forward, loss, backward and an update of stochastic gradient descent with momentum 0.9.
#include <torch/torch.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/stats.h"
#include "kernels/cpu_executor.h"
#include "kernels/zoo.h"

namespace rehearse {
namespace {

constexpr float kRate = 1e-4F, kMomentum = 0.9F;

// A model, layer for layer, as modules of libtorch.
class TorchNetwork {
 public:
  explicit TorchNetwork(const Model& model) : model_(model) {
    for (std::size_t i = 0; i < model.layers().size(); ++i) {
      modules_.push_back(make(i));
      for (const at::Tensor& parameter : modules_.back().parameters) {
        parameters_.push_back(parameter);
      }
    }
  }

  [[nodiscard]] const std::vector<at::Tensor>& parameters() const { return parameters_; }

  at::Tensor loss(const at::Tensor& images, const at::Tensor& labels) const {
    std::vector<at::Tensor> outputs{images};
    at::Tensor auxiliary;
    for (std::size_t i = 1; i < model_.layers().size(); ++i) {
      const Layer& layer = model_.layers()[i];
      const at::Tensor& in = outputs[layer.inputs.front()];
      if (layer.kind == LayerKind::softmax_cross_entropy) {
        outputs.push_back(torch::nn::functional::cross_entropy(in, labels));
        if (i + 1 < model_.layers().size()) auxiliary = outputs.back();
      } else if (layer.kind == LayerKind::add) {
        outputs.push_back(in + outputs[layer.inputs[1]]);
      } else if (layer.kind == LayerKind::concat) {
        std::vector<at::Tensor> parts;
        for (const std::size_t from : layer.inputs) parts.push_back(outputs[from]);
        outputs.push_back(torch::cat(parts, 1));
      } else {
        outputs.push_back(modules_[i].forward(in));
      }
    }
    return auxiliary.defined() ? outputs.back() + 0.3 * auxiliary : outputs.back();
  }

 private:
  struct Module {
    std::function<at::Tensor(const at::Tensor&)> forward;
    std::vector<at::Tensor> parameters;
  };

  template <class Holder>
  static Module wrap(Holder module) {
    return {[module](const at::Tensor& x) mutable { return module->forward(x); },
            module->parameters()};
  }

  [[nodiscard]] Module make(std::size_t index) const {
    namespace nn = torch::nn;
    const Layer& layer = model_.layers()[index];
    const Window& w = layer.window;
    const torch::ExpandingArray<2> kernel({w.kernel_height, w.kernel_width});
    const torch::ExpandingArray<2> stride({w.stride_height, w.stride_width});
    const torch::ExpandingArray<2> padding({w.padding_height, w.padding_width});
    const Shape in = layer.inputs.empty() ? Shape{} : model_.input_of(index);
    switch (layer.kind) {
      case LayerKind::convolution:
        return wrap(nn::Conv2d(nn::Conv2dOptions(in.channels, layer.output.channels, kernel)
                                   .stride(stride)
                                   .padding(padding)
                                   .groups(layer.groups)
                                   .bias(layer.bias)));
      case LayerKind::dense:
        return wrap(
            nn::Linear(nn::LinearOptions(in.elements(), layer.output.channels).bias(layer.bias)));
      case LayerKind::relu:  // in place, as torchvision's networks do
        return {[](const at::Tensor& x) { return torch::relu_(const_cast<at::Tensor&>(x)); }, {}};
      case LayerKind::max_pool:
        return wrap(nn::MaxPool2d(nn::MaxPool2dOptions(kernel).stride(stride).padding(padding)));
      case LayerKind::average_pool:
        return wrap(nn::AvgPool2d(nn::AvgPool2dOptions(kernel).stride(stride).padding(padding)));
      case LayerKind::global_average_pool:
        return wrap(nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({1, 1})));
      case LayerKind::batch_norm:
        return wrap(nn::BatchNorm2d(nn::BatchNorm2dOptions(in.channels)));
      case LayerKind::lrn:
        return wrap(nn::LocalResponseNorm(nn::LocalResponseNormOptions(layer.lrn_size)));
      case LayerKind::dropout:
        return wrap(nn::Dropout(nn::DropoutOptions(layer.dropout_rate)));
      case LayerKind::flatten:
        return {[](const at::Tensor& x) { return x.flatten(1); }, {}};
      default:
        return {};
    }
  }

  const Model& model_;
  std::vector<Module> modules_;
  std::vector<at::Tensor> parameters_;
};

double seconds(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void our_step(Executor& net, std::vector<float>& velocity) {
  const std::size_t layers = net.model().layers().size();
  for (std::size_t i = 1; i < layers; ++i) net.forward(i);
  for (std::size_t i = layers - 1; i >= 1; --i) net.backward(i);
  float* parameters = net.parameters().data();
  const float* gradients = net.gradients().data();
  float* moving = velocity.data();
#pragma omp parallel for simd
  for (std::size_t i = 0; i < velocity.size(); ++i) {
    moving[i] = kMomentum * moving[i] + gradients[i];
    parameters[i] -= kRate * moving[i];
  }
}

void compare(const std::string& name, std::int64_t batch, int threads, int steps) {
  const Model model = zoo_model(name);
  const Shape& shape = model.input_shape();
  torch::manual_seed(1);
  at::set_num_threads(threads);
  const at::Tensor images = torch::randn({batch, shape.channels, shape.height, shape.width});
  const at::Tensor labels = torch::randint(model.classes(), {batch}, torch::kInt64);

  const TorchNetwork theirs(model);
  torch::optim::SGD optimizer(theirs.parameters(),
                              torch::optim::SGDOptions(kRate).momentum(kMomentum));
  const auto ours = make_cpu_executor(model, {.batch = batch, .threads = threads});
  ours->import_parameters(initial_parameters(model, 1));
  std::vector<float> velocity(ours->parameters().size(), 0.0F);
  const at::Tensor labels32 = labels.to(torch::kInt32);
  ours->load({images.data_ptr<float>(), static_cast<std::size_t>(images.numel())},
             {labels32.data_ptr<std::int32_t>(), static_cast<std::size_t>(batch)});

  std::vector<double> our_times, their_times;
  for (int step = -1; step < steps; ++step) {
    const double own = seconds([&] { our_step(*ours, velocity); });
    const double other = seconds([&] {
      optimizer.zero_grad();
      theirs.loss(images, labels).backward();
      optimizer.step();
    });
    if (step < 0) continue;  // the first step warms up
    our_times.push_back(own);
    their_times.push_back(other);
  }
  const double a = quantile(our_times, 0.5), b = quantile(their_times, 0.5);
  std::printf("%-15s %5lld %7d %10.1f %10.1f %7.2f\n", name.c_str(), static_cast<long long>(batch),
              threads, a * 1e3, b * 1e3, b / a);
  std::fflush(stdout);
}

int run(int count, char** arguments) {
  const int steps = count > 4 ? std::atoi(arguments[4]) : 5;
  std::printf("%-15s %5s %7s %10s %10s %7s\n", "network", "batch", "threads", "ours ms", "torch ms",
              "ratio");
  if (count > 2) {
    compare(arguments[1], std::atoi(arguments[2]), count > 3 ? std::atoi(arguments[3]) : 1, steps);
    return 0;
  }
  struct Case {
    const char* network;
    std::int64_t batch;
  };
  for (const Case& each : {Case{"resnet20_cifar", 128}, {"resnet50", 8}, {"vgg16", 4}}) {
    for (const int threads : {1, 2}) compare(each.network, each.batch, threads, steps);
  }
  return 0;
}

}  // namespace
}  // namespace rehearse

int main(int count, char** arguments) { return rehearse::run(count, arguments); }
