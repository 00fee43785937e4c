#include "train/emulation/emulate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "base/error.h"
#include "kernels/backend.h"
#include "kernels/models/work.h"
#include "predict/job_costs.h"
#include "predict/job_noise.h"
#include "predict/layout_known.h"
#include "predict/point_program.h"
#include "predict/to_target.h"
#include "runtime/data/input_pipeline.h"
#include "scenarios/parallelism_reader.h"
#include "train/emulation/emulated_rank.h"
#include "train/emulation/loss_curve.h"
#include "train/evaluator.h"
#include "train/train.h"

namespace rehearse {
namespace {

// Of the network of the clock, spread over the layers of another one by their operations.
std::vector<TaskCost> spread(const std::vector<TaskCost>& clock, const Model& model,
                             std::int64_t batch) {
  TaskCost all;
  for (const TaskCost& cost : clock) {
    all.device += cost.device;
    all.host += cost.host;
  }
  std::vector<double> weights;
  double sum = 0;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const Work layer = work(model, i, Direction::forward, batch, Precision::fp32);
    weights.push_back(layer.flops.value() + layer.bytes.value());
    sum += weights.back();
  }
  std::vector<TaskCost> costs;
  for (const double weight : weights) {
    const double share = sum > 0 ? weight / sum : 1.0 / static_cast<double>(weights.size());
    costs.push_back({all.device * share, all.host * share});
  }
  return costs;
}

// The clock's job with the tensors of the arithmetic.
TaskCosts costs_of_clock(TaskCosts costs, const Model& arithmetic, std::int64_t batch,
                         double scale) {
  costs.forward = spread(costs.forward, arithmetic, batch);
  costs.backward = spread(costs.backward, arithmetic, batch);
  costs.parameters = arithmetic.parameter_count();
  costs.traffic_scale = scale;
  return costs;
}

// Bytes that travel for each byte of the tensors.
double wire_scale(const Scenario& clock, const Scenario& arithmetic) {
  return static_cast<double>(clock.model->parameter_count()) /
         static_cast<double>(arithmetic.model->parameter_count());
}

// Workers that cannot go on without each other, by a number.
int group_of(const StrategyOptions& strategy, int rank, int workers) {
  if (strategy.kind == StrategyKind::hybrid) return rank / (workers / strategy.groups);
  if (has_masters(strategy.kind)) return rank / strategy.processes;
  return has_servers(strategy.kind) ? rank : 0;
}

// What a scenario says that an emulation passes over.
std::vector<Warning> passed_over(const Scenario& scenario) {
  std::vector<Warning> warnings;
  for (const std::string& remark : scenario.remarks) warnings.push_back({"no_effect", remark, {}});
  const StoppingOptions& stopping = scenario.stopping;
  if (stopping.evaluates()) {
    const char* key = stopping.early_stopping ? "early_stopping"
                      : stopping.stop_at      ? "stop_at"
                      : stopping.plateau      ? "optimizer.plateau"
                                              : "evaluate_every";
    warnings.push_back({"no_effect",
                        "training." + std::string(key) +
                            " is not used: an emulation goes on until its last step, and is "
                            "evaluated as emulation.every says",
                        {}});
  }
  return warnings;
}

// One run: what is shared, the ranks, and what is seen of them.
class EmulatedRun {
 public:
  EmulatedRun(const Scenario& scenario, const Scenario& arithmetic, std::int64_t workers,
              const EmulateOptions& options);

  Emulation run();

 private:
  [[nodiscard]] std::unique_ptr<Executor> make_net() const {
    return cpu_backend().make_executor(*arithmetic_.model, {shared_.batch, 1, arithmetic_.seed});
  }
  RankNumbers numbers(int rank);
  void stepped(int rank, std::int64_t step, const StepRecord& record);
  // Whether a run that diverges ends after this step of a worker; all that go on together answer
  // alike.
  bool ended(int rank);
  std::optional<double> accuracy();

  const Scenario& scenario_;
  const Scenario& arithmetic_;
  const JobPoint clock_;  // whose times the run takes
  const JobPoint job_;    // whose tensors travel
  const EmulateOptions& options_;
  const BuiltNetwork network_;
  const DataSets data_;
  const std::int64_t steps_;
  const LearningRate rate_;
  EmulatedShared shared_;
  std::unique_ptr<ArithmeticThreads> threads_;
  std::vector<std::unique_ptr<EmulatedRank>> ranks_;
  const Strategy* strategy_ = nullptr;
  std::optional<LossCurve> curve_;
  std::optional<std::int64_t> diverged_;  // the first step with a loss that is not finite
  std::map<std::pair<int, std::int64_t>, bool> ended_;  // by group and step, as asked first
};

EmulatedRun::EmulatedRun(const Scenario& scenario, const Scenario& arithmetic, std::int64_t workers,
                         const EmulateOptions& options)
    : scenario_(scenario),
      arithmetic_(arithmetic),
      clock_(scenario, workers),
      job_(arithmetic, workers),
      options_(options),
      network_(scenario),
      data_(open_data(arithmetic)),
      steps_(steps_of_run(arithmetic, workers)),
      rate_(learning_rate(job_)) {
  shared_.model = arithmetic.model;
  shared_.batch = job_.worker_batch();
  shared_.workers = static_cast<int>(workers);
  shared_.data = data_.train;
  shared_.order = std::make_shared<SampleOrder>(
      data_.train,
      SampleOrderOptions{shared_.batch, shared_.workers, arithmetic.seed, arithmetic.source.split});
  shared_.rate = &rate_;
  const auto net = make_net();
  net->import_parameters(initial_parameters(*arithmetic.model, arithmetic.seed));
  shared_.initial.assign(net->parameters().values().begin(), net->parameters().values().end());
  shared_.statistics.assign(net->statistics().values().begin(), net->statistics().values().end());
  threads_ = std::make_unique<ArithmeticThreads>(options.threads, [this] { return make_net(); });
  shared_.threads = threads_.get();
}

RankNumbers EmulatedRun::numbers(int rank) {
  EmulatedRank& one = *ranks_[static_cast<std::size_t>(rank)];
  ModelTensors model = one.tensors();
  model.ended = [this, rank] { return ended(rank); };
  return {&one, std::move(model)};
}

// Workers of a group ask one after the other, and others may diverge meanwhile: the first one's
// answer holds for all.
bool EmulatedRun::ended(int rank) {
  if (!scenario_.guards.stop_on_divergence) return false;
  const auto key = std::pair(group_of(scenario_.strategy, rank, shared_.workers),
                             ranks_[static_cast<std::size_t>(rank)]->step());
  return ended_.try_emplace(key, diverged_.has_value()).first->second;
}

void EmulatedRun::stepped(int rank, std::int64_t step, const StepRecord& record) {
  const double loss = ranks_[static_cast<std::size_t>(rank)]->loss();
  if (!std::isfinite(loss)) diverged_ = std::min(step, diverged_.value_or(step));
  curve_->add(record.end.value(), loss);
  if (options_.progress) options_.progress(curve_->steps(), steps_ * shared_.workers);
}

// Of the weights that count, with the statistics of batch normalisation averaged over the workers.
std::optional<double> EmulatedRun::accuracy() {
  if (!data_.test) return std::nullopt;
  std::vector<float> weights(shared_.initial.size());
  for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
    for (const ParameterRange& range : strategy_->keeps(static_cast<int>(rank))) {
      const auto from = ranks_[rank]->parameters().begin();
      std::copy(from + range.begin, from + range.end, weights.begin() + range.begin);
    }
  }
  std::vector<double> sums(shared_.statistics.size());
  for (int worker = 0; worker < shared_.workers; ++worker) {
    const auto& statistics = ranks_[static_cast<std::size_t>(worker)]->statistics();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += statistics[i];
  }
  EvaluationCount count;
  ArithmeticThreads::Work evaluation;
  evaluation.body = [&](Executor& net) {
    std::ranges::copy(weights, net.parameters().floats());
    std::ranges::transform(sums, net.statistics().floats(),
                           [&](double sum) { return static_cast<float>(sum / shared_.workers); });
    count = evaluate_samples(net, *data_.test, 0, data_.test->size());
  };
  threads_->start(evaluation);
  threads_->wait(evaluation);
  return count.accuracy();
}

Emulation EmulatedRun::run() {
  const double scale = wire_scale(scenario_, arithmetic_);
  SimulationOptions options;
  options.network = &network_.network;
  options.router = network_.router.get();
  options.stack = network_.stack;
  options.costs = task_costs(clock_, calibrated_cost(clock_));
  options.server_costs = server_costs(clock_, options.costs);
  options.noise =
      job_noise(clock_, options.costs, {.runs = 1, .steps_per_run = static_cast<int>(steps_)});
  if (&scenario_ != &arithmetic_) {
    const auto other = [&](const TaskCosts& costs) {
      return costs_of_clock(costs, job_.model(), job_.worker_batch(), scale);
    };
    options.costs = other(options.costs);
    options.server_costs = other(*options.server_costs);
    options.wire_scale = scale;
  }
  options.fidelity = scenario_.fidelity;
  options.background = scenario_.background;
  PointProgram program(job_, network_, steps_, options.costs.shares_core, RunExtent::whole);
  options.workers = program.places();
  options.patterns = &program.patterns();
  strategy_ = &program.strategy();
  const Roles roles = strategy_->roles();
  for (int rank = 0; rank < roles.ranks(); ++rank) {
    ranks_.push_back(
        std::make_unique<EmulatedRank>(shared_, rank, optimizer_rule(arithmetic_, roles.of(rank))));
  }
  const std::int64_t all = steps_ * shared_.workers;
  const std::int64_t every = scenario_.emulation.every > 0
                                 ? scenario_.emulation.every
                                 : std::max<std::int64_t>(1, (all + 99) / 100);
  curve_.emplace(all, every, static_cast<double>(shared_.batch), [this] { return accuracy(); });
  options.numbers = [this](int rank) { return numbers(rank); };
  const SimulationSummary summary = simulate(
      options, *strategy_,
      [&](int rank, std::int64_t step, const StepRecord& record) { stepped(rank, step, record); });
  curve_->close(summary.end);

  Emulation result;
  result.curve = curve_->points();
  result.staleness = summary.staleness;
  result.servers = summary.servers;
  result.diverged = diverged_.has_value();
  result.update_samples = static_cast<double>(update_samples(clock_));
  if (const auto& convergence = scenario_.convergence) {
    if (const auto reached = first_reach(result.curve, convergence->target)) {
      result.samples_to_target = reached->samples;
      result.time_to_target = reached->seconds;
    }
  }
  return result;
}

void expect_emulable_layout(const Scenario& scenario) {
  expect_layout_known(scenario);
  if (scenario.parallelism.dense > 1) {
    throw Error::input("split layers cannot be emulated", "every worker holds the whole model",
                       "use --set training.parallelism.dense=1")
        .at(scenario.file, "/training/parallelism/dense");
  }
  for (const std::int64_t workers : scenario.workers) {
    if (scenario.layout_at(workers).is_plain()) continue;
    const std::string key = beyond_data(scenario.parallelism);
    throw Error::input("layouts cannot be emulated", "every worker holds the whole model",
                       "leave training.parallelism." + key + " out")
        .at(scenario.file, "/training/parallelism/" + key);
  }
}

}  // namespace

void expect_emulable(const Scenario& scenario) {
  if (scenario.model == nullptr) {
    throw Error::input("collectives without a model learn nothing", "",
                       "use a scenario with a model")
        .at(scenario.file, "");
  }
  if (scenario.fidelity == Fidelity::analytic) {
    throw Error::input("fidelity 'analytic' has one rank that stands for all",
                       "emulation computes the gradients of every worker",
                       "use --fidelity flow or message")
        .at(scenario.file, "/fidelity");
  }
  expect_emulable_layout(scenario);
  if (scenario.all_reduce.algorithm == Algorithm::in_network) {
    throw Error::input("switches that add cannot be emulated", "only ranks have numbers",
                       "use another training.allreduce.algorithm")
        .at(scenario.file, "/training/allreduce/algorithm");
  }
}

Emulation emulate(const Scenario& scenario, std::int64_t workers, const EmulateOptions& options) {
  expect_emulable(scenario);
  std::optional<Scenario> other;
  if (scenario.emulation.arithmetic) {
    other = *scenario.emulation.arithmetic;
    other->emulation.wire_scale = wire_scale(scenario, *other);
    other->all_reduce.fusion = other->all_reduce.fusion / other->emulation.wire_scale;
  }
  const Scenario& arithmetic = other ? *other : scenario;
  Emulation result = EmulatedRun(scenario, arithmetic, workers, options).run();
  result.scenario = scenario.name;
  result.version = REHEARSE_VERSION;
  result.strategy = kStrategyNames.text(scenario.strategy.kind);
  result.seed = scenario.seed;
  result.workers = workers;
  result.warnings = passed_over(scenario);
  result.provenance = scenario.provenance;
  result.clock_model = scenario.model->name();
  result.arithmetic_model = arithmetic.model->name();
  return result;
}

}  // namespace rehearse
