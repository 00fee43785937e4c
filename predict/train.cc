#include "predict/train.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "kernels/cpu_executor.h"
#include "predict/evaluate.h"
#include "predict/fixed_work_timer.h"
#include "predict/floats_text.h"
#include "predict/job_identity.h"
#include "predict/plain_order.h"
#include "predict/sent_bytes.h"
#include "predict/trace_text.h"
#include "predict/workload.h"
#include "runtime/checkpoint.h"
#include "runtime/replica.h"
#include "runtime/sync_sgd.h"
#include "runtime/timeline.h"

namespace rehearse {
namespace {

constexpr std::int64_t kDefaultSteps = 50;

RecordedStep recorded(const StepRecord& step, double loss) {
  RecordedStep result;
  result.begin = step.begin.value();
  result.time = (step.end - step.begin).value();
  result.parts.compute = step.compute.value();
  result.parts.exposed_communication = step.exposed_communication.value();
  result.parts.straggler_wait = step.straggler_wait.value();
  result.parts.input_wait = step.input_wait.value();
  result.parts.optimizer = step.optimizer.value();
  result.parts.other = step.other.value();
  result.hidden_communication = step.hidden_communication.value();
  result.loss = loss;
  return result;
}

// One rank's part in a run.
class Trainer {
 public:
  Trainer(const Scenario& scenario, MpiSession& session, const TrainOptions& options)
      : scenario_(scenario),
        session_(session),
        options_(options),
        data_(open_data(scenario)),
        steps_(steps_of_run(scenario, session.size())),
        net_(make_cpu_executor(*scenario.model, {scenario.worker_batch(session.size()),
                                                 options.threads, scenario.seed})),
        optimizer_(make_optimizer(scenario.optimizer.rule, optimizer_tensors(*scenario.model),
                                  options.threads)),
        fixed_work_(session, options.threads),
        rate_(scenario.optimizer.rate, session.size(),
              InputPipeline::steps_per_epoch(scenario.samples,
                                             scenario.global_batch_at(session.size()))) {
    if (!options.checkpoints.empty() && session.rank() == 0) store_.emplace(options.checkpoints);
    begin();
  }

  RunRecord run();

 private:
  void begin();
  void restore();
  void take_steps();
  void after_step(const StepRecord& step, const Replica& replica);
  void save();
  void collect_losses();
  RunRecord record();

  const Scenario& scenario_;
  MpiSession& session_;
  const TrainOptions& options_;
  DataSets data_;
  std::int64_t steps_;
  std::unique_ptr<Executor> net_;
  std::unique_ptr<Optimizer> optimizer_;
  FixedWorkTimer fixed_work_;
  LearningRate rate_;
  std::optional<CheckpointStore> store_;  // on rank 0
  std::int64_t first_ = 0;
  RecordedRank mine_;
  std::vector<TraceSpan> trace_;
  std::vector<double> losses_;  // on rank 0: mean over the ranks, from the first step
  std::size_t collected_ = 0;   // of mine_.steps
};

void Trainer::begin() {
  if (options_.resume) {
    restore();
    return;
  }
  // Decided by rank 0, told to all: only it sees the folder.
  std::string trouble;
  if (store_ && store_->newest()) trouble = "used";
  if (!session_.broadcast(trouble).empty()) {
    throw Error::input("'" + options_.checkpoints + "' holds the checkpoints of an earlier run", "",
                       "go on from them with --resume, or choose another --out");
  }
  net_->import_parameters(initial_parameters(*scenario_.model, scenario_.seed));
}

void Trainer::restore() {
  std::optional<Checkpoint> found;
  std::string state;
  std::vector<double> numbers;
  if (store_) {
    std::vector<std::string> skipped;
    found = store_->newest(&skipped);
    if (options_.note) {
      for (const std::string& file : skipped)
        options_.note(file + " is damaged and was passed over");
    }
    if (!found) {
      throw Error::input("there is no intact checkpoint in '" + options_.checkpoints + "'", "",
                         "start without --resume");
    }
    expect_same_job(*found, scenario_, session_.size());
    numbers = {static_cast<double>(found->step), static_cast<double>(found->optimizer_steps)};
    losses_ = found->losses;
  }
  const auto shared =
      numbers_of<double>(session_.broadcast(to_bytes(std::span<const double>(numbers))));
  first_ = static_cast<std::int64_t>(shared[0]);
  optimizer_->set_steps(static_cast<std::int64_t>(shared[1]));
  const auto share = [&](const std::vector<float>* from, std::span<float> to) {
    const std::string mine = from == nullptr ? "" : to_bytes(std::span<const float>(*from));
    from_bytes(session_.broadcast(mine), to);
  };
  std::vector<float> slots(optimizer_->state().size());
  share(found ? &found->optimizer_state : nullptr, slots);
  from_plain_order(*net_, slots, optimizer_->state());
  share(found ? &found->statistics : nullptr, net_->statistics());
  // The program broadcasts the parameters of rank 0 itself. After the slots, which pass through
  // them.
  if (found) net_->import_parameters(found->parameters);
  if (first_ > steps_) {
    throw Error::input("the checkpoint is at step " + std::to_string(first_) +
                           " and the run ends at step " + std::to_string(steps_),
                       "nothing is left to do", "ask for more steps");
  }
}

RunRecord Trainer::run() {
  mine_.rank = session_.rank();
  // A run that was interrupted between its last checkpoint and its record has no step left.
  if (first_ < steps_) take_steps();
  return record();
}

void Trainer::take_steps() {
  const int ranks = session_.size();
  InputOptions in;
  in.batch = net_->batch();
  in.rank = session_.rank();
  in.workers = ranks;
  in.first_step = first_;
  in.last_step = steps_;
  in.readers = scenario_.source.readers;
  in.prefetch = prefetched_batches(in.readers);
  in.seed = scenario_.seed;
  InputPipeline input(data_.train, in);
  Replica::Parts parts;
  parts.executor = net_.get();
  parts.optimizer = optimizer_.get();
  parts.input = &input;
  parts.rate = &rate_;
  parts.velocity_holds_rate = velocity_holds_rate(scenario_.optimizer.rule);
  parts.rank = session_.rank();
  parts.workers = ranks;
  parts.first_step = first_;
  Replica replica(parts);
  const SyncSgd program =
      training_program(scenario_, ranks, steps_ - first_, split_groups(scenario_, ranks), nullptr);
  RealWorldOptions real;
  real.background_tasks = program.background_tasks();
  Clock* clock = nullptr;  // of the world, for the timeline of the last step
  real.compute = [&](const Task& task) {
    const bool traced = options_.trace && replica.step() + 1 == steps_;
    const Duration begin = traced ? clock->now() : Duration(0);
    replica.perform(task);
    if (traced) trace_.push_back(task_span(session_.rank(), task, begin, clock->now()));
  };
  SentBytes sent(program, session_.rank(), ranks);
  run_over_mpi(session_, real, [&](World& world) {
    clock = &world.clock();
    program.run(world, replica.parameters(), replica.gradients(),
                [&](std::int64_t, const StepRecord& step) {
                  mine_.bytes_sent += sent.of(step.reductions);
                  after_step(step, replica);
                });
  });
}

void Trainer::after_step(const StepRecord& step, const Replica& replica) {
  mine_.steps.push_back(recorded(step, replica.losses().back()));
  const std::int64_t done = replica.step();
  fixed_work_.after_step(mine_, done == steps_);
  if (options_.trace && done == steps_) append_communication(session_.rank(), step, trace_);
  if (session_.rank() == 0 && options_.progress) {
    options_.progress(done, steps_, replica.losses().back());
  }
  const std::int64_t every = scenario_.length.checkpoint_every;
  if (options_.checkpoints.empty() || every == 0) return;
  if (done % every == 0 || done == steps_) save();
}

// All ranks: appends the mean of the losses since the last time to losses_ of rank 0.
void Trainer::collect_losses() {
  std::vector<double> recent;
  for (std::size_t i = collected_; i < mine_.steps.size(); ++i)
    recent.push_back(mine_.steps[i].loss);
  collected_ = mine_.steps.size();
  const auto all = session_.gather(to_bytes(std::span<const double>(recent)));
  if (session_.rank() != 0) return;
  std::vector<double> sum(recent.size());
  for (const std::string& text : all) {
    const auto theirs = numbers_of<double>(text);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += theirs[i];
  }
  for (const double value : sum) losses_.push_back(value / session_.size());
}

void Trainer::save() {
  collect_losses();
  if (!store_) return;
  Checkpoint checkpoint;
  checkpoint.step = first_ + static_cast<std::int64_t>(mine_.steps.size());
  checkpoint.workers = session_.size();
  checkpoint.identity = job_identity(scenario_, session_.size());
  checkpoint.parameters.resize(net_->parameters().size());
  net_->export_parameters(checkpoint.parameters);
  checkpoint.optimizer_state = in_plain_order(*net_, optimizer_->state());
  const auto statistics = net_->statistics();
  checkpoint.statistics.assign(statistics.begin(), statistics.end());
  checkpoint.optimizer_steps = optimizer_->steps();
  checkpoint.losses = losses_;
  store_->write(checkpoint);
}

RunRecord Trainer::record() {
  collect_losses();
  RunRecord record;
  if (data_.test) record.evaluation = evaluate(*net_, *data_.test, session_);
  const std::vector<std::string> ranks = session_.gather(to_text(mine_));
  for (const std::string& spans : session_.gather(to_text(trace_))) {
    append_spans(spans, record.trace);
  }
  if (session_.rank() != 0) return {};
  for (const std::string& text : ranks) record.ranks.push_back(recorded_rank_from_text(text));
  record.version = REHEARSE_VERSION;
  record.machine = this_machine();
  record.machine.kernels = cpu_kernel_library();
  record.machine.transport = MpiSession::library();
  if (scenario_.local) record.profile = scenario_.local->json;
  record.threads = options_.threads;
  record.first_step = first_;
  record.global_batch = scenario_.global_batch_at(session_.size());
  record.losses = losses_;
  for (std::int64_t step = first_; step < steps_; ++step) record.rates.push_back(rate_.at(step));
  return record;
}

}  // namespace

void expect_trainable(const Scenario& scenario, int workers) {
  if (scenario.precision != Precision::fp32) {
    throw Error::input("training in " + std::string(to_text(scenario.precision)) +
                           " does not work on this machine",
                       "its kernels compute in fp32", "use --set precision=fp32")
        .at(scenario.file, "/precision");
  }
  if (scenario.parallelism.tensor > 1) {
    throw Error::input("training with split layers does not work yet",
                       "every rank holds the whole model",
                       "use --set training.parallelism.tensor=1")
        .at(scenario.file, "/training/parallelism/tensor");
  }
  const std::int64_t batch = scenario.global_batch_at(workers);
  if (batch % workers == 0) return;
  throw Error::input("a global batch of " + std::to_string(batch) + " cannot be dealt evenly to " +
                         std::to_string(workers) + " ranks",
                     "", "use a multiple")
      .at(scenario.file, "/training/batch");
}

std::int64_t steps_of_run(const Scenario& scenario, std::int64_t workers) {
  if (scenario.length.steps) return *scenario.length.steps;
  if (!scenario.length.epochs) return kDefaultSteps;
  const std::int64_t per_epoch =
      InputPipeline::steps_per_epoch(scenario.samples, scenario.global_batch_at(workers));
  return std::max<std::int64_t>(
      1, std::llround(*scenario.length.epochs * static_cast<double>(per_epoch)));
}

RunRecord train(const Scenario& scenario, MpiSession& session, const TrainOptions& options) {
  expect_trainable(scenario, session.size());
  return Trainer(scenario, session, options).run();
}

}  // namespace rehearse
