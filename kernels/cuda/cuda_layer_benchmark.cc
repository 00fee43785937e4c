#include "kernels/cuda/cuda_layer_benchmark.h"

#include <functional>
#include <map>
#include <optional>

#include "base/contract.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/gelu_fusion.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/parameter_copies.h"
#include "kernels/cuda/tensor_sum.h"
#include "kernels/executor.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/step/parameter_table.h"

namespace rehearse {
namespace {

using cuda::Event;

// The memory of one layer: the buffers that the plan of the whole step gives it, so that it works
// in place where it does in a step, flat arrays of all parameters, and scratch.
class Bench {
 public:
  Bench(const Model& model, std::size_t layer, const LayerBenchmarkOptions& options,
        cuda::GraphPlans& graphs)
      : model_(model),
        index_(layer),
        options_(options),
        engine_(graphs, options.precision, false),
        device_(graphs.stream().device()),
        table_(parameter_table(model)),
        before_gelu_(cuda::layer_before_gelu(model, layer)),
        begin_(device_, Event::Timing::on),
        end_(device_, Event::Timing::on) {
    operations_.resize(model.layers().size());
    operations_[layer] = cuda::make_operation({model, layer, options.batch, engine_});
    std::vector<std::size_t> kept(model.layers().size(), 0);
    if (operation() != nullptr) kept[layer] = operation()->kept_bytes();
    if (before_gelu_) {
      kept[*before_gelu_] = cuda::output_bytes(model, *before_gelu_, options.batch, engine_.type());
    }
    plan_ = cuda::plan_step(model, options.batch, engine_.type(), kept);
    allocate();
    if (operation() == nullptr) return;
    operation()->bind(operands());
    operation()->write_inputs();
  }

  // Seconds of one run each.
  double forward() {
    return timed([this] {
      copies_->renew(index_, engine_.stream());
      operation()->forward();
    });
  }
  double backward_weights() {
    if (!own().output_gradient) return 0;
    return timed([this] { operation()->backward_weights(); });
  }
  double backward_data() {
    if (!own().output_gradient) return 0;
    return timed([this] {
      cuda::add_all(parts_, tensor(index_, own().output_gradient), false, engine_.stream());
      operation()->backward_data();
    });
  }

 private:
  [[nodiscard]] cuda::Operation* operation() const { return operations_[index_].get(); }
  [[nodiscard]] const LayerBuffers& own() const { return plan_.layers[index_]; }
  // The output of a layer or its gradient.
  [[nodiscard]] Tensor tensor(std::size_t layer, std::optional<BufferId> buffer) const {
    return cuda::device_tensor(at(buffer),
                               options_.batch * model_.layers()[layer].output.elements(),
                               cuda::output_type(model_, layer, engine_.type()));
  }

  double timed(const std::function<void()>& run) {
    if (operation() == nullptr) return 0;
    cuda::use_device(device_);
    run();  // the host stays ahead of the GPU
    if (options_.eviction != nullptr) {
      const auto bytes = static_cast<std::size_t>(options_.evicted.value());
      cuda::clear_bytes(evicted_.data(), bytes, engine_.stream());
    }
    begin_.record(engine_.stream());
    run();
    end_.record(engine_.stream());
    end_.synchronize();
    return end_.seconds_since(begin_);
  }

  [[nodiscard]] void* at(std::optional<BufferId> buffer) const {
    if (!buffer) return nullptr;
    return static_cast<std::byte*>(block_.data()) + offsets_.at(*buffer);
  }

  void allocate() {
    cuda::MemorySlots slots;
    const auto need = [&](std::optional<BufferId> buffer) {
      if (!buffer || offsets_.contains(*buffer)) return;
      offsets_.emplace(*buffer, slots.take(plan_.buffers[*buffer].bytes));
    };
    for (const std::size_t from : model_.layers()[index_].inputs) need(plan_.layers[from].output);
    need(own().output);
    need(own().kept);
    if (before_gelu_) need(plan_.layers[*before_gelu_].kept);
    need(own().output_gradient);
    for (const BufferId part : own().gradient_parts) need(part);
    for (const auto& gradient : own().input_gradients) need(gradient);

    const std::size_t flat = cuda::aligned((table_.lead + table_.floats) * sizeof(float));
    arrays_ = cuda::DeviceMemory(device_, 2 * flat);
    parameters_ = static_cast<float*>(arrays_.data()) + table_.lead;
    gradients_ = static_cast<float*>(arrays_.data()) + flat / sizeof(float) + table_.lead;
    copies_.emplace(model_, operations_, table_, parameters_, engine_.type());
    const std::int64_t labels = options_.batch * labels_per_sample(model_);
    const Layer& layer = model_.layers()[index_];
    const auto count = static_cast<std::size_t>(op_of(layer.kind).statistics(layer));
    const std::size_t copies = slots.take(copies_->bytes());
    statistics_ = slots.take(count * sizeof(float));
    labels_ = slots.take(static_cast<std::size_t>(labels) * sizeof(std::int32_t));
    score_ = slots.take(sizeof(cuda::BatchLoss));
    scratch_ = slots.take(operation() == nullptr ? 0 : operation()->scratch_bytes());
    block_ = cuda::DeviceMemory(device_, slots.bytes());
    copies_->bind(slot(copies));
    if (options_.eviction != nullptr) {
      evicted_ = cuda::DeviceMemory(device_, static_cast<std::size_t>(options_.evicted.value()));
    }
    fill();
    for (const BufferId part : own().gradient_parts) parts_.push_back(tensor(index_, part));
  }

  [[nodiscard]] std::byte* slot(std::size_t at) const {
    return static_cast<std::byte*>(block_.data()) + at;
  }

  // What the layer reads.
  void fill() const {
    upload(cuda::device_tensor(parameters_, static_cast<std::int64_t>(table_.floats),
                               ElementType::float32));
    for (const std::size_t from : model_.layers()[index_].inputs) {
      upload(tensor(from, plan_.layers[from].output));
    }
    for (const BufferId part : own().gradient_parts) upload(tensor(index_, part));
    if (before_gelu_) upload(before_gelu());
  }

  // REQUIRES: the layer has one.
  [[nodiscard]] Tensor before_gelu() const {
    return tensor(*before_gelu_, plan_.layers[*before_gelu_].kept);
  }

  void upload(const Tensor& to) const {
    if (to.elements == 0) return;
    std::vector<float> values(static_cast<std::size_t>(to.elements));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = unpatterned(i);
    const cuda::DeviceMemory floats(device_, values.size() * sizeof(float));
    cuda::copy_bytes(values.data(), floats.data(), floats.bytes(), engine_.stream());
    cuda::scale(cuda::device_tensor(floats.data(), to.elements, ElementType::float32), 1, to,
                engine_.stream());
    engine_.context().stream().synchronize();
  }

  [[nodiscard]] cuda::Operands operands() const {
    cuda::Operands all;
    const std::vector<std::size_t>& inputs = model_.layers()[index_].inputs;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      all.inputs.push_back(tensor(inputs[k], plan_.layers[inputs[k]].output));
      all.input_gradients.push_back(tensor(inputs[k], own().input_gradients[k]));
    }
    const std::size_t owner = parameter_owner(model_, index_);
    for (std::size_t k = 0; k < table_.offsets[owner].size(); ++k) {
      const std::size_t begin = table_.offsets[owner][k];
      const std::int64_t size = model_.layers()[owner].parameters[k].elements;
      all.parameters.push_back(
          cuda::device_tensor(parameters_ + begin, size, ElementType::float32));
      all.copies.push_back(copies_->get(owner, k));
      all.parameter_gradients.push_back(
          cuda::device_tensor(gradients_ + begin, size, ElementType::float32));
    }
    all.output = tensor(index_, own().output);
    all.output_gradient = tensor(index_, own().output_gradient);
    all.statistics = reinterpret_cast<float*>(slot(statistics_));
    all.kept = static_cast<std::byte*>(at(own().kept));
    if (before_gelu_) all.before_gelu = before_gelu();
    all.scratch = slot(scratch_);
    all.mode = &mode_;
    all.labels = reinterpret_cast<const std::int32_t*>(slot(labels_));
    all.score = reinterpret_cast<cuda::BatchLoss*>(slot(score_));
    return all;
  }

  const Model& model_;
  const std::size_t index_;
  const LayerBenchmarkOptions& options_;
  mutable cuda::Engine engine_;
  const int device_;
  const ParameterTable table_;
  const std::optional<std::size_t> before_gelu_;  // layer_before_gelu
  Event begin_, end_;
  std::vector<std::unique_ptr<cuda::Operation>> operations_;  // null but of the layer
  StepPlan plan_;
  std::map<BufferId, std::size_t> offsets_;
  cuda::DeviceMemory arrays_, block_, evicted_;
  float* parameters_ = nullptr;
  float* gradients_ = nullptr;
  std::optional<cuda::ParameterCopies> copies_;
  std::size_t statistics_ = 0, labels_ = 0, score_ = 0, scratch_ = 0;
  std::vector<Tensor> parts_;
  cuda::Mode mode_;
};

}  // namespace

MeasuredLayer benchmark_cuda_layer(const Model& model, std::size_t layer,
                                   const LayerBenchmarkOptions& options, cuda::GraphPlans& graphs) {
  EXPECTS(layer < model.layers().size());
  EXPECTS(options.batch >= 1 && options.repetitions >= 1 && options.evicted >= Bytes(0));
  MeasuredLayer result;
  const auto work_in = [&](Direction direction) {
    return work(model, layer, direction, options.batch, options.precision);
  };
  result.forward_work = work_in(Direction::forward);
  result.backward_data_work = work_in(Direction::backward_data);
  result.backward_weights_work = work_in(Direction::backward_weights);
  if (layer == 0) return result;

  cuda::use_device(graphs.stream().device());
  Bench bench(model, layer, options, graphs);
  std::vector<double> forward, data, weights;
  for (int i = -1; i < options.repetitions; ++i) {
    const double times[] = {bench.forward(), bench.backward_weights(), bench.backward_data()};
    if (i < 0) continue;  // the first only warms up
    forward.push_back(times[0]);
    weights.push_back(times[1]);
    data.push_back(times[2]);
  }
  result.forward = summary_of(forward);
  result.backward_data = summary_of(data);
  result.backward_weights = summary_of(weights);
  return result;
}

}  // namespace rehearse
