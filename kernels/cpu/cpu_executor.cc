#include "kernels/cpu/cpu_executor.h"

#include <algorithm>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/operation.h"
#include "kernels/cpu/page_memory.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/step/parameter_table.h"
#include "kernels/step/step_plan.h"

namespace rehearse {
namespace {

using cpu::Operands;
using cpu::Operation;

// Sums what several consumers left as gradients of one output.
struct GradientSum {
  std::vector<const float*> parts;
  float* to = nullptr;
};

class CpuExecutor final : public Executor {
 public:
  CpuExecutor(const Model& model, const ExecutorOptions& options)
      : model_(model),
        batch_(options.batch),
        engine_(options.threads),
        table_(parameter_table(model_)),
        sums_(count()),
        scores_(count()),
        labels_(static_cast<std::size_t>(batch_ * labels_per_sample(model))) {
    mode_.dropout_seed = options.dropout_seed;
    const auto all = static_cast<std::int64_t>(table_.floats);
    EXPECTS(options.parameters.data == nullptr || options.parameters.elements == all);
    EXPECTS(options.gradients.data == nullptr || options.gradients.elements == all);
    make_operations(options.plain_weights);
    allocate(options);
    bind();
  }

  [[nodiscard]] const Model& model() const override { return model_; }
  [[nodiscard]] std::int64_t batch() const override { return batch_; }

  [[nodiscard]] Tensor parameters() override {
    return {parameters_, static_cast<std::int64_t>(table_.floats)};
  }
  [[nodiscard]] Tensor gradients() override {
    return {gradients_, static_cast<std::int64_t>(table_.floats)};
  }
  [[nodiscard]] Tensor statistics() override {
    return {statistics_.data(), static_cast<std::int64_t>(statistics_.size())};
  }

  void import_parameters(std::span<const float> plain) override {
    EXPECTS(plain.size() == table_.floats);
    engine_.use_threads();
    for_each_tensor([&](std::size_t layer, std::size_t which, std::size_t at) {
      operations_[layer]->import_parameter(which, plain.data() + at, parameters_ + at);
    });
  }

  void export_parameters(std::span<float> to) const override {
    EXPECTS(to.size() == table_.floats);
    engine_.use_threads();
    for_each_tensor([&](std::size_t layer, std::size_t which, std::size_t at) {
      operations_[layer]->export_parameter(which, parameters_ + at, to.data() + at);
    });
  }

  void load(std::span<const float> images, std::span<const std::int32_t> labels) override {
    const Shape& shape = model_.input_shape();
    const bool part = is_part();
    EXPECTS((part && images.empty()) ||
            images.size() == static_cast<std::size_t>(batch_ * shape.elements()));
    EXPECTS((part && labels.empty()) || labels.size() == labels_.size());
    if (!images.empty()) {
      engine_.use_threads();
      engine_.reorder(cpu::plain_layout(shape, batch_), images.data(),
                      cpu::activation_layout(shape, batch_), address(plan_.layers.front().output));
    }
    std::copy(labels.begin(), labels.end(), labels_.begin());
  }

  [[nodiscard]] Tensor end(ExecutorEnd which) override {
    const bool at_input = which == ExecutorEnd::input || which == ExecutorEnd::input_gradient;
    const bool of_gradient =
        which == ExecutorEnd::input_gradient || which == ExecutorEnd::output_gradient;
    const std::size_t layer = at_input ? 0 : count() - 1;
    if (of_gradient && !(at_input ? model_.layers()[0].wants_gradient : !ends_in_loss())) return {};
    const LayerBuffers& own = plan_.layers[layer];
    const auto elements = cpu::stored_elements(model_.layers()[layer].output, batch_);
    return {address(of_gradient ? own.output_gradient : own.output),
            static_cast<std::int64_t>(elements)};
  }
  void set_exchanger(Exchanger* exchanger) override { mode_.exchanger = exchanger; }

  void set_training(bool training) override { mode_.training = training; }
  void set_loss_scale(double scale) override {
    EXPECTS(scale > 0);
    mode_.loss_scale = scale;
  }
  void set_dropout_stream(std::uint64_t stream) override { mode_.dropout_stream = stream; }

  void forward(std::size_t layer) override {
    EXPECTS(1 <= layer && layer < count());
    if (operations_[layer] == nullptr) return;
    engine_.use_threads();
    operations_[layer]->forward();
  }

  void backward(std::size_t layer) override {
    EXPECTS(1 <= layer && layer < count());
    engine_.use_threads();
    add_up(layer);
    if (operations_[layer] != nullptr) {
      operations_[layer]->backward_weights();
      operations_[layer]->backward_data();
    }
    if (layer == 1) add_up(0);
  }

  [[nodiscard]] double loss() const override {
    double total = 0;
    for (const cpu::Score& score : scores_) total += score.loss;
    return total;
  }
  [[nodiscard]] std::int64_t correct() const override {
    std::int64_t total = 0;
    for (const cpu::Score& score : scores_) total += score.correct;
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
    return static_cast<std::int64_t>(block_.bytes() + statistics_.size() * sizeof(float));
  }

 private:
  [[nodiscard]] std::size_t count() const { return model_.layers().size(); }
  [[nodiscard]] bool ends_in_loss() const { return op_of(model_.layers().back().kind).is_loss(); }
  [[nodiscard]] bool is_part() const {
    return model_.layers().front().wants_gradient || !ends_in_loss();
  }

  // The gradients that the readers of a layer left.
  void add_up(std::size_t layer) const {
    const GradientSum& sum = sums_[layer];
    if (sum.parts.size() < 2) return;
    cpu::sum(sum.parts, sum.to, cpu::stored_elements(model_.layers()[layer].output, batch_));
  }

  template <class Use>
  void for_each_tensor(const Use& use) const {
    for (std::size_t i = 0; i < count(); ++i) {
      for (std::size_t k = 0; k < table_.offsets[i].size(); ++k) use(i, k, table_.offsets[i][k]);
    }
  }

  void make_operations(const std::vector<std::size_t>& plain) {
    for (std::size_t i = 0; i < count(); ++i) {
      const bool in_plain = std::ranges::find(plain, i) != plain.end();
      operations_.push_back(cpu::make_operation({model_, i, batch_, engine_, in_plain}));
    }
  }

  // One block: parameters and gradients unless they are borrowed, scratch, then the buffers of the
  // step.
  void allocate(const ExecutorOptions& options) {
    std::vector<std::size_t> kept(count(), 0);
    std::size_t scratch = 0;
    for (std::size_t i = 0; i < count(); ++i) {
      if (operations_[i] == nullptr) continue;
      kept[i] = operations_[i]->kept_bytes();
      scratch = std::max(scratch, operations_[i]->scratch_bytes());
    }
    plan_ = cpu::plan_step(model_, batch_, kept);
    memory_ = place_buffers(plan_.buffers);

    const std::size_t flat = aligned((table_.lead + table_.floats) * sizeof(float));
    const bool borrows = options.parameters.data != nullptr;
    EXPECTS(borrows == (options.gradients.data != nullptr));
    const std::size_t arrays = borrows ? 0 : 2 * flat;
    block_ = cpu::PageMemory(arrays + aligned(scratch) + memory_.bytes);
    parameters_ = borrows ? options.parameters.floats()
                          : reinterpret_cast<float*>(block_.data()) + table_.lead;
    gradients_ = borrows ? options.gradients.floats()
                         : reinterpret_cast<float*>(block_.data() + flat) + table_.lead;
    scratch_ = block_.data() + arrays;
    buffers_ = scratch_ + aligned(scratch);

    for (const Layer& layer : model_.layers()) {
      const auto size = static_cast<std::size_t>(op_of(layer.kind).statistics(layer));
      statistics_.insert(statistics_.end(), size / 2, 0.0F);
      statistics_.insert(statistics_.end(), size / 2, 1.0F);
    }
  }

  [[nodiscard]] float* address(std::optional<BufferId> buffer) const {
    if (!buffer) return nullptr;
    return reinterpret_cast<float*>(buffers_ + memory_.offsets[*buffer]);
  }

  void bind() {
    float* statistics = statistics_.data();
    for (std::size_t i = 0; i < count(); ++i) {
      const LayerBuffers& own = plan_.layers[i];
      sums_[i].to = address(own.output_gradient);
      for (const BufferId part : own.gradient_parts) sums_[i].parts.push_back(address(part));
      if (operations_[i] != nullptr) operations_[i]->bind(operands(i, statistics));
      statistics += op_of(model_.layers()[i].kind).statistics(model_.layers()[i]);
    }
  }

  [[nodiscard]] Operands operands(std::size_t i, float* statistics) {
    const LayerBuffers& own = plan_.layers[i];
    Operands all;
    for (const std::size_t from : model_.layers()[i].inputs) {
      all.inputs.push_back(address(plan_.layers[from].output));
    }
    for (const auto& gradient : own.input_gradients) {
      all.input_gradients.push_back(address(gradient));
    }
    for (const std::size_t offset : table_.offsets[parameter_owner(model_, i)]) {
      all.parameters.push_back(parameters_ + offset);
      all.parameter_gradients.push_back(gradients_ + offset);
    }
    all.output = address(own.output);
    all.output_gradient = address(own.output_gradient);
    all.statistics = statistics;
    all.kept = reinterpret_cast<std::byte*>(address(own.kept));
    all.scratch = scratch_;
    all.mode = &mode_;
    all.labels = labels_.data();
    all.score = &scores_[i];
    return all;
  }

  const Model model_;
  const std::int64_t batch_;
  cpu::Engine engine_;
  cpu::Mode mode_;
  const ParameterTable table_;
  std::vector<std::unique_ptr<Operation>> operations_;  // null where there is nothing to do
  StepPlan plan_;
  MemoryPlan memory_;
  cpu::PageMemory block_;
  float* parameters_ = nullptr;
  float* gradients_ = nullptr;
  std::byte* scratch_ = nullptr;
  std::byte* buffers_ = nullptr;
  std::vector<float> statistics_;
  std::vector<GradientSum> sums_;
  std::vector<cpu::Score> scores_;
  std::vector<std::int32_t> labels_;
};

}  // namespace

std::unique_ptr<Executor> make_cpu_executor(const Model& model, const ExecutorOptions& options) {
  EXPECTS(options.batch >= 1 && options.threads >= 1);
  expect_cpu_precision(options.precision);
  return std::make_unique<CpuExecutor>(model, options);
}

void expect_cpu_precision(Precision precision) {
  if (precision == Precision::fp32) return;
  throw Error::input("cannot train in " + std::string(to_text(precision)) + " on CPU cores",
                     "they compute in fp32", "set training.precision to 'fp32'");
}

std::string cpu_kernel_library() {
  const dnnl_version_t* version = dnnl::version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

}  // namespace rehearse
