#include "kernels/cuda/cuda_executor.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/contract.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/gelu_fusion.h"
#include "kernels/cuda/images.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/parameter_copies.h"
#include "kernels/cuda/parameter_order.h"
#include "kernels/cuda/tensor_sum.h"
#include "kernels/loss_weight.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/step/memory_plan.h"
#include "kernels/step/parameter_table.h"

namespace rehearse {
namespace {

using cuda::Operands;
using cuda::use_device;

class CudaExecutor final : public Executor {
 public:
  CudaExecutor(const Model& model, const ExecutorOptions& options, cuda::GraphPlans& graphs)
      : model_(model),
        batch_(options.batch),
        device_(graphs.stream().device()),
        engine_(graphs, options.precision, options.deterministic),
        table_(parameter_table(model_)),
        staging_(staging_bytes()),
        staged_(device_) {
    use_device(device_);
    mode_.dropout_seed = options.dropout_seed;
    make_operations();
    allocate(options);
    bind();
  }

  [[nodiscard]] const Model& model() const override { return model_; }
  [[nodiscard]] std::int64_t batch() const override { return batch_; }

  [[nodiscard]] Tensor parameters() override { return on_device(parameters_, table_.floats); }
  [[nodiscard]] Tensor gradients() override { return on_device(gradients_, table_.floats); }
  [[nodiscard]] Tensor statistics() override { return on_device(statistics_, statistic_count_); }

  void import_parameters(std::span<const float> plain) override {
    EXPECTS(plain.size() == table_.floats);
    use_device(device_);
    std::vector<float> ordered(plain.size());
    for_each_tensor([&](const cuda::ParameterOrder& order, std::size_t at, std::size_t count) {
      cuda::to_device_order(order, plain.subspan(at, count),
                            std::span<float>(ordered).subspan(at, count));
    });
    cuda::copy_bytes(ordered.data(), parameters_, ordered.size() * sizeof(float), engine_.stream());
    engine_.context().stream().synchronize();
  }

  void export_parameters(std::span<float> to) const override {
    EXPECTS(to.size() == table_.floats);
    use_device(device_);
    std::vector<float> ordered(to.size());
    cuda::copy_bytes(parameters_, ordered.data(), ordered.size() * sizeof(float), engine_.stream());
    engine_.context().stream().synchronize();
    for_each_tensor([&](const cuda::ParameterOrder& order, std::size_t at, std::size_t count) {
      cuda::to_plain_order(order, std::span<const float>(ordered).subspan(at, count),
                           to.subspan(at, count));
    });
  }

  void load(std::span<const float> images, std::span<const std::int32_t> labels) override {
    const bool part = is_part();
    EXPECTS((part && images.empty()) || images.size() == input_elements());
    EXPECTS((part && labels.empty()) || labels.size() == label_count());
    use_device(device_);
    staged_.synchronize();  // the batch before has left
    if (!images.empty()) {
      for (const auto& operation : operations_) {
        if (operation != nullptr) operation->read_batch(images);
      }
      stage_input(images);
    }
    if (!labels.empty()) {
      auto* const place = static_cast<std::byte*>(staging_.data()) + input_bytes();
      std::memcpy(place, labels.data(), labels.size_bytes());
      cuda::copy_bytes(place, labels_, labels.size_bytes(), engine_.stream());
    }
    staged_.record(engine_.stream());
  }

  [[nodiscard]] Tensor end(ExecutorEnd which) override {
    const bool at_input = which == ExecutorEnd::input || which == ExecutorEnd::input_gradient;
    const bool of_gradient =
        which == ExecutorEnd::input_gradient || which == ExecutorEnd::output_gradient;
    const std::size_t layer = at_input ? 0 : count() - 1;
    if (of_gradient && !(at_input ? model_.layers()[0].wants_gradient : !ends_in_loss())) return {};
    const LayerBuffers& own = plan_.layers[layer];
    return tensor(layer, of_gradient ? own.output_gradient : own.output);
  }
  void set_exchanger(Exchanger* exchanger) override { mode_.exchanger = exchanger; }

  void set_training(bool training) override { mode_.training = training; }
  void set_loss_scale(double scale) override {
    EXPECTS(scale > 0);
    mode_.loss_scale = static_cast<float>(scale);
  }
  void set_dropout_stream(std::uint64_t stream) override { mode_.dropout_stream = stream; }

  void forward(std::size_t layer) override {
    EXPECTS(1 <= layer && layer < count());
    use_device(device_);
    copies_->renew(layer, engine_.stream());
    if (operations_[layer] != nullptr) operations_[layer]->forward();
  }

  void backward(std::size_t layer) override {
    EXPECTS(1 <= layer && layer < count());
    use_device(device_);
    add_up(layer);
    if (operations_[layer] != nullptr) {
      operations_[layer]->backward_weights();
      operations_[layer]->backward_data();
    }
    if (layer == 1) add_up(0);
  }

  [[nodiscard]] double loss() const override {
    const auto labels = static_cast<double>(label_count());
    double total = 0;
    for_each_loss([&](std::size_t layer, const cuda::BatchLoss& of) {
      total += loss_weight(model_, layer) * of.loss / labels;
    });
    return total;
  }
  [[nodiscard]] std::int64_t correct() const override {
    std::int64_t total = 0;
    for_each_loss([&](std::size_t layer, const cuda::BatchLoss& of) {
      if (is_main_loss(model_, layer)) total = of.correct;
    });
    return total;
  }

  [[nodiscard]] std::int64_t reorders_per_step() const override {
    std::int64_t total = 0;
    for (const auto& operation : operations_) {
      if (operation != nullptr) total += operation->reorders();
    }
    return total;
  }
  [[nodiscard]] std::int64_t allocated_bytes() const override {
    return static_cast<std::int64_t>(block_.bytes());
  }
  [[nodiscard]] void* queue() const override { return engine_.stream(); }

 private:
  [[nodiscard]] std::size_t count() const { return model_.layers().size(); }
  [[nodiscard]] bool ends_in_loss() const { return op_of(model_.layers().back().kind).is_loss(); }
  [[nodiscard]] bool is_part() const {
    return model_.layers().front().wants_gradient || !ends_in_loss();
  }
  [[nodiscard]] std::int64_t elements(std::size_t layer) const {
    return batch_ * model_.layers()[layer].output.elements();
  }
  [[nodiscard]] std::size_t input_elements() const { return static_cast<std::size_t>(elements(0)); }
  [[nodiscard]] std::size_t input_bytes() const { return input_elements() * sizeof(float); }
  [[nodiscard]] std::size_t label_count() const {
    return static_cast<std::size_t>(batch_ * labels_per_sample(model_));
  }
  [[nodiscard]] std::size_t staging_bytes() const {
    return input_bytes() + label_count() * sizeof(std::int32_t);
  }

  static Tensor on_device(float* data, std::size_t floats) {
    return {data, static_cast<std::int64_t>(floats), ElementType::float32, MemorySpace::device};
  }

  // From plain order in float32 to the order and type of the first layer.
  void stage_input(std::span<const float> images) {
    void* const to = address(plan_.layers.front().output);
    if (cuda::reads_tokens(model_)) {
      auto* const tokens = static_cast<std::int32_t*>(staging_.data());
      std::transform(images.begin(), images.end(), tokens,
                     [](float token) { return static_cast<std::int32_t>(token); });
      return cuda::copy_bytes(tokens, to, input_bytes(), engine_.stream());
    }
    std::memcpy(staging_.data(), images.data(), images.size_bytes());
    cuda::copy_bytes(staging_.data(), incoming_, images.size_bytes(), engine_.stream());
    const Tensor from = cuda::device_tensor(incoming_, elements(0), ElementType::float32);
    const Tensor input = tensor(0, plan_.layers.front().output);
    const Shape& shape = model_.input_shape();
    const std::int64_t pixels = shape.height * shape.width;
    if (shape.channels == 1 || pixels == 1) {
      cuda::scale(from, 1, input, engine_.stream());
    } else {
      cuda::channels_last(from, shape.channels, pixels, input, engine_.stream());
    }
  }

  // The gradients that the readers of a layer left.
  void add_up(std::size_t layer) const {
    const LayerBuffers& own = plan_.layers[layer];
    std::vector<Tensor> parts;
    for (const BufferId part : own.gradient_parts) parts.push_back(tensor(layer, part));
    cuda::add_all(parts, tensor(layer, own.output_gradient), false, engine_.stream());
  }

  // use(order, place in the flat arrays, elements).
  template <class Use>
  void for_each_tensor(const Use& use) const {
    for (std::size_t i = 0; i < count(); ++i) {
      for (std::size_t k = 0; k < table_.offsets[i].size(); ++k) {
        const cuda::ParameterOrder order = cuda::parameter_order(model_, i, k);
        use(order, table_.offsets[i][k], static_cast<std::size_t>(order.elements()));
      }
    }
  }

  void make_operations() {
    for (std::size_t i = 0; i < count(); ++i) {
      operations_.push_back(cuda::make_operation({model_, i, batch_, engine_}));
    }
  }

  // One block: parameters and gradients unless they are borrowed, their copies, statistics, scores,
  // labels, the batch as it comes, scratch, then the buffers of the step.
  void allocate(const ExecutorOptions& options) {
    const auto all = static_cast<std::int64_t>(table_.floats);
    const bool borrows = options.parameters.data != nullptr;
    EXPECTS(borrows == (options.gradients.data != nullptr));
    EXPECTS(!borrows || (options.parameters.elements == all && options.gradients.elements == all));
    EXPECTS(!borrows || (options.parameters.space == MemorySpace::device &&
                         options.gradients.space == MemorySpace::device));
    std::vector<std::size_t> kept(count(), 0);
    std::size_t scratch = 0;
    for (std::size_t i = 0; i < count(); ++i) {
      const Layer& layer = model_.layers()[i];
      statistic_count_ += static_cast<std::size_t>(op_of(layer.kind).statistics(layer));
      if (operations_[i] == nullptr) continue;
      kept[i] = operations_[i]->kept_bytes();
      scratch = std::max(scratch, operations_[i]->scratch_bytes());
    }
    plan_ = cuda::plan_step(model_, batch_, engine_.type(), kept);
    memory_ = place_buffers(plan_.buffers);
    if (!borrows) {
      const std::size_t flat = (table_.lead + table_.floats) * sizeof(float);
      arrays_ = cuda::DeviceMemory(device_, 2 * cuda::aligned(flat));
      auto* const begin = static_cast<float*>(arrays_.data());
      parameters_ = begin + table_.lead;
      gradients_ = begin + cuda::aligned(flat) / sizeof(float) + table_.lead;
    } else {
      parameters_ = static_cast<float*>(options.parameters.data);
      gradients_ = static_cast<float*>(options.gradients.data);
    }
    copies_.emplace(model_, operations_, table_, parameters_, engine_.type());

    cuda::MemorySlots slots;
    const std::size_t copies = slots.take(copies_->bytes());
    const std::size_t statistics = slots.take(statistic_count_ * sizeof(float));
    const std::size_t scores = slots.take(count() * sizeof(cuda::BatchLoss));
    const std::size_t labels = slots.take(label_count() * sizeof(std::int32_t));
    const std::size_t incoming = slots.take(input_bytes());
    const std::size_t scratch_at = slots.take(scratch);
    const std::size_t buffers = slots.take(memory_.bytes);
    block_ = cuda::DeviceMemory(device_, slots.bytes());
    auto* const block = static_cast<std::byte*>(block_.data());
    copies_->bind(block + copies);
    statistics_ = reinterpret_cast<float*>(block + statistics);
    scores_ = reinterpret_cast<cuda::BatchLoss*>(block + scores);
    labels_ = reinterpret_cast<std::int32_t*>(block + labels);
    incoming_ = block + incoming;
    scratch_ = block + scratch_at;
    buffers_ = block + buffers;
    write_statistics();
  }

  // Mean 0, variance 1.
  void write_statistics() const {
    std::vector<float> first;
    for (const Layer& layer : model_.layers()) {
      const auto size = static_cast<std::size_t>(op_of(layer.kind).statistics(layer));
      first.insert(first.end(), size / 2, 0.0F);
      first.insert(first.end(), size / 2, 1.0F);
    }
    cuda::copy_bytes(first.data(), statistics_, first.size() * sizeof(float), engine_.stream());
    engine_.context().stream().synchronize();
  }

  [[nodiscard]] void* address(std::optional<BufferId> buffer) const {
    return buffer ? buffers_ + memory_.offsets[*buffer] : nullptr;
  }

  // The output of a layer or its gradient.
  [[nodiscard]] Tensor tensor(std::size_t layer, std::optional<BufferId> buffer) const {
    return cuda::device_tensor(address(buffer), elements(layer),
                               cuda::output_type(model_, layer, engine_.type()));
  }

  void bind() {
    float* statistics = statistics_;
    for (std::size_t i = 0; i < count(); ++i) {
      if (operations_[i] != nullptr) operations_[i]->bind(operands(i, statistics));
      statistics += op_of(model_.layers()[i].kind).statistics(model_.layers()[i]);
    }
  }

  [[nodiscard]] Operands operands(std::size_t i, float* statistics) const {
    const LayerBuffers& own = plan_.layers[i];
    Operands all;
    for (const std::size_t from : model_.layers()[i].inputs) {
      all.inputs.push_back(tensor(from, plan_.layers[from].output));
    }
    for (std::size_t k = 0; k < own.input_gradients.size(); ++k) {
      all.input_gradients.push_back(tensor(model_.layers()[i].inputs[k], own.input_gradients[k]));
    }
    const std::size_t owner = parameter_owner(model_, i);
    for (std::size_t k = 0; k < table_.offsets[owner].size(); ++k) {
      const std::size_t at = table_.offsets[owner][k];
      const std::int64_t size = model_.layers()[owner].parameters[k].elements;
      all.parameters.push_back(cuda::device_tensor(parameters_ + at, size, ElementType::float32));
      all.copies.push_back(copies_->get(owner, k));
      all.parameter_gradients.push_back(
          cuda::device_tensor(gradients_ + at, size, ElementType::float32));
    }
    all.output = tensor(i, own.output);
    all.output_gradient = tensor(i, own.output_gradient);
    all.statistics = statistics;
    all.kept = static_cast<std::byte*>(address(own.kept));
    if (const auto before = cuda::layer_before_gelu(model_, i)) {
      all.before_gelu = tensor(*before, plan_.layers[*before].kept);
    }
    all.scratch = scratch_;
    all.mode = &mode_;
    all.labels = labels_;
    all.score = scores_ + i;
    return all;
  }

  // use(layer, what the loss layer left). Waits for the GPU.
  template <class Use>
  void for_each_loss(const Use& use) const {
    use_device(device_);
    std::vector<cuda::BatchLoss> all(count());
    cuda::copy_bytes(scores_, all.data(), all.size() * sizeof(cuda::BatchLoss), engine_.stream());
    engine_.context().stream().synchronize();
    for (std::size_t i = 0; i < count(); ++i) {
      if (op_of(model_.layers()[i].kind).is_loss()) use(i, all[i]);
    }
  }

  const Model model_;
  const std::int64_t batch_;
  const int device_;
  mutable cuda::Engine engine_;  // reading waits for its stream
  cuda::Mode mode_;
  const ParameterTable table_;
  cuda::PinnedMemory staging_;  // the batch, then its labels
  cuda::Event staged_;          // the last of what was staged has left
  std::vector<std::unique_ptr<cuda::Operation>> operations_;  // null where there is nothing to do
  StepPlan plan_;
  MemoryPlan memory_;
  std::optional<cuda::ParameterCopies> copies_;
  cuda::DeviceMemory arrays_, block_;
  float* parameters_ = nullptr;
  float* gradients_ = nullptr;
  float* statistics_ = nullptr;
  std::size_t statistic_count_ = 0;
  cuda::BatchLoss* scores_ = nullptr;
  std::int32_t* labels_ = nullptr;
  std::byte* incoming_ = nullptr;
  std::byte* scratch_ = nullptr;
  std::byte* buffers_ = nullptr;
};

}  // namespace

std::unique_ptr<Executor> make_cuda_executor(const Model& model, const ExecutorOptions& options,
                                             cuda::GraphPlans& graphs) {
  EXPECTS(options.batch >= 1);
  use_device(graphs.stream().device());
  return std::make_unique<CudaExecutor>(model, options, graphs);
}

}  // namespace rehearse
