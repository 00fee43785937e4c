// A training step of this project's executor beside one of libtorch: the same layers, batch and
// threads, in turns on the same machine.
//
//   ninja -C build libtorch_step && build/bench/libtorch_step [NETWORK BATCH [THREADS [STEPS]]]
//
// A step is forward, loss, backward and an update of stochastic gradient descent with momentum 0.9.
// libtorch steps twice: with its default layout of images (nchw) and with channels last (nhwc).
// With one thread it leaves 1x1 convolutions of small batches to the BLAS library, so that its
// times say as much about the BLAS it finds as about itself.
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/stats.h"
#include "kernels/backend.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

constexpr float kRate = 1e-4F, kMomentum = 0.9F;

// A model, layer for layer, as modules of libtorch.
class TorchNetwork {
 public:
  TorchNetwork(const Model& model, at::MemoryFormat format) : model_(model) {
    for (std::size_t i = 0; i < model.layers().size(); ++i) {
      modules_.push_back(make(i));
      for (at::Tensor& parameter : modules_.back().parameters) {
        if (parameter.dim() == 4) parameter.set_data(parameter.data().contiguous(format));
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
        at::Tensor sum = in;
        for (std::size_t k = 1; k < layer.inputs.size(); ++k) sum = sum + outputs[layer.inputs[k]];
        outputs.push_back(sum);
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

double milliseconds(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  return time.count();
}

class OurTraining {
 public:
  OurTraining(const Model& model, std::int64_t batch, int threads)
      : net_(cpu_backend().make_executor(model, {.batch = batch, .threads = threads})),
        velocity_(net_->parameters().values().size(), 0.0F) {
    net_->import_parameters(initial_parameters(model, 1));
  }

  void load(const at::Tensor& images, const at::Tensor& labels) {
    const at::Tensor narrow = labels.to(torch::kInt32);
    net_->load({images.data_ptr<float>(), static_cast<std::size_t>(images.numel())},
               {narrow.data_ptr<std::int32_t>(), static_cast<std::size_t>(narrow.numel())});
  }

  void step() {
    const std::size_t layers = net_->model().layers().size();
    for (std::size_t i = 1; i < layers; ++i) net_->forward(i);
    for (std::size_t i = layers - 1; i >= 1; --i) net_->backward(i);
    float* parameters = net_->parameters().values().data();
    const float* gradients = net_->gradients().values().data();
    float* moving = velocity_.data();
#pragma omp parallel for simd
    for (std::size_t i = 0; i < velocity_.size(); ++i) {
      moving[i] = kMomentum * moving[i] + gradients[i];
      parameters[i] -= kRate * moving[i];
    }
  }

 private:
  std::unique_ptr<Executor> net_;
  std::vector<float> velocity_;
};

class TorchTraining {
 public:
  TorchTraining(const Model& model, at::MemoryFormat format, const at::Tensor& images,
                at::Tensor labels)
      : net_(model, format),
        optimizer_(net_.parameters(), torch::optim::SGDOptions(kRate).momentum(kMomentum)),
        images_(images.contiguous(format)),
        labels_(std::move(labels)) {}

  void step() {
    optimizer_.zero_grad();
    net_.loss(images_, labels_).backward();
    optimizer_.step();
  }

 private:
  TorchNetwork net_;
  torch::optim::SGD optimizer_;
  at::Tensor images_, labels_;
};

void compare(const std::string& name, std::int64_t batch, int threads, int steps) {
  const Model model = zoo_model(name);
  const Shape& shape = model.input_shape();
  torch::manual_seed(1);
  at::set_num_threads(threads);
  const at::Tensor images = torch::randn({batch, shape.channels, shape.height, shape.width});
  const at::Tensor labels = torch::randint(model.classes(), {batch}, torch::kInt64);
  OurTraining ours(model, batch, threads);
  ours.load(images, labels);
  TorchTraining plain(model, at::MemoryFormat::Contiguous, images, labels);
  TorchTraining last(model, at::MemoryFormat::ChannelsLast, images, labels);

  std::vector<double> times[3];
  for (int step = -1; step < steps; ++step) {
    const double step_times[] = {milliseconds([&] { ours.step(); }),
                                 milliseconds([&] { plain.step(); }),
                                 milliseconds([&] { last.step(); })};
    if (step < 0) continue;  // the first step warms up
    for (std::size_t i = 0; i < 3; ++i) times[i].push_back(step_times[i]);
  }
  const double own = quantile(times[0], 0.5);
  const double nchw = quantile(times[1], 0.5), nhwc = quantile(times[2], 0.5);
  std::printf("%-15s %5lld %7d %10.1f %11.1f %11.1f %7.2f\n", name.c_str(),
              static_cast<long long>(batch), threads, own, nchw, nhwc, std::min(nchw, nhwc) / own);
  std::fflush(stdout);
}

int run(int count, char** arguments) {
  const int steps = count > 4 ? std::atoi(arguments[4]) : 5;
  std::printf("%-15s %5s %7s %10s %11s %11s %7s\n", "network", "batch", "threads", "ours ms",
              "torch nchw", "torch nhwc", "ratio");
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
