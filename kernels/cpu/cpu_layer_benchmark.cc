#include "kernels/cpu/cpu_layer_benchmark.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "base/contract.h"
#include "kernels/cpu/cpu_executor.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/operation.h"
#include "kernels/cpu/page_memory.h"
#include "kernels/executor.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/step/parameter_table.h"
#include "kernels/step/step_plan.h"

namespace rehearse {
namespace {

double now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

std::size_t statistics_of(const Layer& layer) {
  return static_cast<std::size_t>(op_of(layer.kind).statistics(layer));
}

// The memory of one layer: the buffers that the plan of the whole step gives it, so that it works
// in place where it does in a step, parameters as far off the cache lines as there, and scratch.
class Bench {
 public:
  Bench(const Model& model, std::size_t layer, const LayerBenchmarkOptions& options)
      : model_(model),
        index_(layer),
        engine_(options.threads),
        operation_(cpu::make_operation({model, layer, options.batch, engine_})),
        elements_(cpu::stored_elements(model.layers()[layer].output, options.batch)),
        labels_(static_cast<std::size_t>(options.batch * labels_per_sample(model)), 0),
        statistics_(statistics_of(model.layers()[layer]), 1.0F),
        options_(options) {
    std::vector<std::size_t> kept(model.layers().size(), 0);
    if (operation_ != nullptr) kept[layer] = operation_->kept_bytes();
    plan_ = cpu::plan_step(model, options.batch, kept);
    allocate();
    if (operation_ == nullptr) return;
    operation_->bind(operands());
    operation_->write_inputs();
  }

  // Until now the runs only warmed up.
  void begin() { counts_ = true; }

  // Seconds of one run, if it counts after the caches were made what they are in a step.
  double forward() {
    if (operation_ == nullptr) return 0;
    prepare(model_.layers()[index_].inputs.empty() ? own().output
                                                   : plan_.layers[inputs().front()].output);
    const double begin = now();
    operation_->forward();
    return now() - begin;
  }

  struct Backward {
    double data = 0, weights = 0;
  };

  Backward backward() {
    if (!own().output_gradient) return {};
    prepare(own().gradient_parts.empty() ? own().output : own().gradient_parts.back());
    const double begin = now();
    if (parts_.size() > 1) cpu::sum(parts_, at(*own().output_gradient), elements_);
    const double summed = now();
    if (operation_ != nullptr) operation_->backward_weights();
    const double weights = now();
    if (operation_ != nullptr) operation_->backward_data();
    const double end = now();
    return {(summed - begin) + (end - weights), weights - summed};
  }

 private:
  [[nodiscard]] const LayerBuffers& own() const { return plan_.layers[index_]; }
  [[nodiscard]] std::size_t owner() const { return parameter_owner(model_, index_); }
  [[nodiscard]] const std::vector<std::size_t>& inputs() const {
    return model_.layers()[index_].inputs;
  }

  [[nodiscard]] float* at(BufferId buffer) const {
    return reinterpret_cast<float*>(block_.data() + offsets_.at(buffer));
  }
  [[nodiscard]] float* at(std::optional<BufferId> buffer) const {
    return buffer ? at(*buffer) : nullptr;
  }

  void allocate() {
    const auto need = [&](std::optional<BufferId> buffer) {
      if (!buffer || !offsets_.emplace(*buffer, bytes_).second) return;
      bytes_ += aligned(plan_.buffers[*buffer].bytes);
    };
    for (const std::size_t from : inputs()) need(plan_.layers[from].output);
    need(own().output);
    need(own().kept);
    need(own().output_gradient);
    for (const BufferId part : own().gradient_parts) need(part);
    for (const auto& gradient : own().input_gradients) need(gradient);
    const std::size_t values = bytes_;

    const ParameterTable table = parameter_table(model_);
    std::size_t floats = 0;
    for (const ParameterTensor& tensor : model_.layers()[owner()].parameters) {
      floats += static_cast<std::size_t>(tensor.elements);
    }
    // As far behind a cache line as in the flat arrays.
    const std::vector<std::size_t>& offsets = table.offsets[owner()];
    const std::size_t first = offsets.empty() ? 0 : offsets.front();
    const std::size_t lead = (table.lead + first) % (kAlignment / sizeof(float));
    const std::size_t flat = aligned((lead + floats) * sizeof(float));
    const std::size_t scratch = operation_ == nullptr ? 0 : operation_->scratch_bytes();
    block_ = cpu::PageMemory(values + 2 * flat + aligned(scratch));
    parameters_ = reinterpret_cast<float*>(block_.data() + values) + lead;
    gradients_ = reinterpret_cast<float*>(block_.data() + values + flat) + lead;
    scratch_ = block_.data() + values + 2 * flat;
    fill(reinterpret_cast<float*>(block_.data()), values / sizeof(float));
    fill(parameters_, floats);
    for (const BufferId part : own().gradient_parts) parts_.push_back(at(part));
  }

  static void fill(float* values, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) values[i] = unpatterned(i);
  }

  cpu::Operands operands() {
    cpu::Operands all;
    for (const std::size_t from : inputs()) all.inputs.push_back(at(plan_.layers[from].output));
    for (const auto& gradient : own().input_gradients) all.input_gradients.push_back(at(gradient));
    std::size_t offset = 0;
    for (const ParameterTensor& tensor : model_.layers()[owner()].parameters) {
      all.parameters.push_back(parameters_ + offset);
      all.parameter_gradients.push_back(gradients_ + offset);
      offset += static_cast<std::size_t>(tensor.elements);
    }
    all.output = at(own().output);
    all.output_gradient = at(own().output_gradient);
    all.statistics = statistics_.data();
    all.kept = reinterpret_cast<std::byte*>(at(own().kept));
    all.scratch = scratch_;
    all.mode = &mode_;
    all.labels = labels_.data();
    all.score = &score_;
    return all;
  }

  void prepare(BufferId fresh) {
    if (!counts_ || options_.eviction == nullptr) return;
    options_.eviction->run(options_.evicted);
    cpu::touch(at(fresh), plan_.buffers[fresh].bytes / sizeof(float));
  }

  const Model& model_;
  const std::size_t index_;
  cpu::Engine engine_;
  std::unique_ptr<cpu::Operation> operation_;  // null where there is nothing to do
  const std::size_t elements_;                 // of the output, as stored
  std::vector<std::int32_t> labels_;
  std::vector<float> statistics_;
  const LayerBenchmarkOptions& options_;
  bool counts_ = false;
  StepPlan plan_;
  std::map<BufferId, std::size_t> offsets_;
  std::size_t bytes_ = 0;
  cpu::PageMemory block_;
  float* parameters_ = nullptr;
  float* gradients_ = nullptr;
  std::byte* scratch_ = nullptr;
  std::vector<const float*> parts_;
  cpu::Mode mode_;
  cpu::Score score_;
};

}  // namespace

Bytes recommended_eviction(const Model& model, std::int64_t batch) {
  EXPECTS(batch >= 1);
  const std::int64_t elements =
      2 * (model.parameter_count() + batch * model.activation_elements_per_sample());
  const double pass = static_cast<double>(elements) * sizeof(float);
  const long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);  // not above 0 where the system does not know
  return Bytes(cache > 0 ? std::min(pass, static_cast<double>(cache)) : pass);
}

MeasuredLayer benchmark_cpu_layer(const Model& model, std::size_t layer,
                                  const LayerBenchmarkOptions& options) {
  EXPECTS(layer < model.layers().size());
  EXPECTS(options.batch >= 1 && options.threads >= 1 && options.repetitions >= 1);
  EXPECTS(options.evicted >= Bytes(0));
  expect_cpu_precision(options.precision);
  MeasuredLayer result;
  result.forward_work = work(model, layer, Direction::forward, options.batch, Precision::fp32);
  result.backward_data_work =
      work(model, layer, Direction::backward_data, options.batch, Precision::fp32);
  result.backward_weights_work =
      work(model, layer, Direction::backward_weights, options.batch, Precision::fp32);
  if (layer == 0) return result;

  Bench bench(model, layer, options);
  std::vector<double> forward, data, weights;
  bench.forward();
  bench.backward();
  bench.begin();
  for (int i = 0; i < options.repetitions; ++i) {
    forward.push_back(bench.forward());
    const auto back = bench.backward();
    data.push_back(back.data);
    weights.push_back(back.weights);
  }
  result.forward = summary_of(forward);
  result.backward_data = summary_of(data);
  result.backward_weights = summary_of(weights);
  return result;
}

}  // namespace rehearse
