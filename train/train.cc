#include "train/train.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/quantity_text.h"
#include "kernels/backend.h"
#include "predict/to_target.h"
#include "predict/training_strategy.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/strategies/timeline.h"
#include "runtime/worlds/alarm.h"
#include "runtime/worlds/replica.h"
#include "runtime/worlds/stall_watch.h"
#include "scenarios/laid_out.h"
#include "train/evaluate.h"
#include "train/find_backend.h"
#include "train/fixed_work_timer.h"
#include "train/floats_text.h"
#include "train/host_values.h"
#include "train/independent_run.h"
#include "train/job_identity.h"
#include "train/layout_run.h"
#include "train/new_executor.h"
#include "train/plain_order.h"
#include "train/record_origin.h"
#include "train/run_progress.h"
#include "train/run_ranks.h"
#include "train/starting_point.h"

namespace rehearse {
namespace {

// One rank's part in a run.
class Trainer {
 public:
  Trainer(const Scenario& scenario, MpiSession& session, const TrainOptions& options,
          StallWatch& watch)
      : scenario_(scenario),
        session_(session),
        options_(options),
        watch_(watch),
        data_(open_data(scenario)),
        steps_(steps_of_run(scenario, session.size())),
        net_(new_executor(scenario, session.size(), options)),
        optimizer_(options.backend->make_optimizer(
            scenario.optimizer.rule, optimizer_tensors(*scenario.model), options.threads)),
        fixed_work_(session, options.threads),
        rate_(scenario.optimizer.rate, session.size(),
              InputPipeline::steps_per_epoch(scenario.samples,
                                             scenario.global_batch_at(session.size()))),
        progress_(scenario, session, rate_, *options.backend) {
    if (scenario.precision == Precision::fp16) loss_scale_.emplace();
    if (!options.checkpoints.empty() && session.rank() == 0) store_.emplace(options.checkpoints);
  }

  // `start` is told on rank 0.
  RunRecord run(const std::optional<Checkpoint>& start);

 private:
  class WatchedReplica;

  void restore(const std::optional<Checkpoint>& start);
  void take_steps();
  void before(const Task& task, std::int64_t step);
  void after_step(const StepRecord& step, const Replica& replica);
  void note_divergence(std::int64_t step);
  void evaluate_after(std::int64_t step);
  void save();
  void collect_losses();
  RunRecord record();
  [[nodiscard]] bool stopped_by_loss() const { return divergence_ && divergence_->stopped; }
  [[nodiscard]] bool ended() const { return stopped_by_loss() || progress_.ended(); }

  const Scenario& scenario_;
  MpiSession& session_;
  const TrainOptions& options_;
  StallWatch& watch_;
  DataSets data_;
  std::int64_t steps_;
  std::unique_ptr<Executor> net_;
  std::unique_ptr<Optimizer> optimizer_;
  FixedWorkTimer fixed_work_;
  LearningRate rate_;
  RunProgress progress_;
  std::optional<LossScale> loss_scale_;   // of fp16
  std::optional<CheckpointStore> store_;  // on rank 0
  std::int64_t first_ = 0;
  std::optional<std::int64_t> saved_;  // on rank 0: steps in the newest checkpoint
  std::int64_t looked_at_ = 0;         // the step whose loss was last held against infinity
  double seconds_ = 0;                 // that the steps of the training took
  Clock* clock_ = nullptr;             // of the world
  Alarm alarm_;                        // a loss of this step is not finite
  std::optional<Divergence> divergence_;
  RecordedRank mine_;
  std::vector<TraceSpan> trace_;
  std::vector<double> losses_;  // on rank 0: mean over the ranks, from the first step
  std::size_t collected_ = 0;   // of mine_.steps
};

// The replica of a rank that says what it is doing, and of the last step how long it took.
class Trainer::WatchedReplica : public Replica {
 public:
  WatchedReplica(Trainer& trainer, const Parts& parts) : Replica(parts), trainer_(trainer) {}

 protected:
  void perform(const Task& task) override {
    const std::int64_t number = step() + 1;
    const bool traced = trainer_.options_.trace && number == trainer_.steps_;
    const Duration begin = traced ? trainer_.clock_->now() : Duration(0);
    trainer_.before(task, number);
    Replica::perform(task);
    if (task.pass == Pass::backward) trainer_.watch_.move(Stage::all_reduce, number);
    if (!traced) return;
    trainer_.trace_.push_back(
        task_span(trainer_.session_.rank(), task, begin, trainer_.clock_->now()));
  }

 private:
  Trainer& trainer_;
};

void Trainer::restore(const std::optional<Checkpoint>& start) {
  const Backend& backend = *options_.backend;
  std::vector<double> numbers;
  if (start) {
    numbers = {static_cast<double>(start->step), static_cast<double>(start->optimizer_steps),
               start->loss_scale, static_cast<double>(start->good_steps)};
    seconds_ = start->seconds;
    losses_ = start->losses;
    saved_ = start->step;
  }
  const auto shared =
      numbers_of<double>(session_.broadcast(to_bytes(std::span<const double>(numbers))));
  first_ = static_cast<std::int64_t>(shared[0]);
  optimizer_->set_steps(static_cast<std::int64_t>(shared[1]));
  if (loss_scale_) loss_scale_->restore(shared[2], static_cast<std::int64_t>(shared[3]));
  progress_.resume(start ? start->evaluations : std::vector<double>(), steps_);
  const auto share = [&](const std::vector<float>* from, std::span<float> to) {
    const std::string mine = from == nullptr ? "" : to_bytes(std::span<const float>(*from));
    from_bytes(session_.broadcast(mine), to);
  };
  std::vector<float> slots(static_cast<std::size_t>(optimizer_->state().elements));
  share(start ? &start->optimizer_state : nullptr, slots);
  std::vector<float> state(slots.size());
  from_plain_order(*net_, slots, state, backend);
  set_values(backend, optimizer_->state(), state);
  std::vector<float> statistics(static_cast<std::size_t>(net_->statistics().elements));
  share(start ? &start->statistics : nullptr, statistics);
  set_values(backend, net_->statistics(), statistics);
  // The program broadcasts the parameters of rank 0 itself. After the slots, which pass through
  // them.
  if (start) net_->import_parameters(start->parameters);
}

RunRecord Trainer::run(const std::optional<Checkpoint>& start) {
  mine_.rank = session_.rank();
  if (options_.resume) restore(start);
  // A run that was interrupted between its last checkpoint and its record has no step left.
  if (first_ < steps_ && !ended()) take_steps();
  return record();
}

void Trainer::take_steps() {
  const int ranks = session_.size();
  InputOptions in{.batch = net_->batch(), .rank = session_.rank()};
  in.workers = ranks;
  in.first_step = first_;
  in.last_step = steps_;
  in.readers = scenario_.source.readers;
  in.prefetch = prefetched_batches(in.readers);
  in.seed = scenario_.seed;
  in.order = std::make_shared<SampleOrder>(
      data_.train, SampleOrderOptions{in.batch, ranks, in.seed, scenario_.source.split});
  InputPipeline input(data_.train, in);
  Replica::Parts parts;
  parts.executor = net_.get();
  parts.optimizer = optimizer_.get();
  parts.input = &input;
  parts.rate = &rate_;
  parts.backend = options_.backend;
  parts.velocity_holds_rate = velocity_holds_rate(scenario_.optimizer.rule);
  parts.rank = session_.rank();
  parts.workers = ranks;
  parts.first_step = first_;
  if (loss_scale_) parts.loss_scale = &*loss_scale_;
  WatchedReplica replica(*this, parts);
  const JobPoint job(scenario_, ranks);
  const std::unique_ptr<Strategy> strategy = make_strategy(job, steps_ - first_, nullptr);
  RealWorldOptions real{.device = &replica, .alarm = &alarm_};
  real.background_tasks = strategy->background_tasks(session_.rank());
  ModelTensors model{replica.parameters(), replica.gradients()};
  model.backend = options_.backend;
  std::vector<std::unique_ptr<DeviceBuffer>> memory;  // which lives as long as the run
  model.allocate = [&](std::int64_t elements) {
    return memory.emplace_back(options_.backend->allocate(elements, ElementType::float32))
        ->tensor();
  };
  model.ended = [&] { return ended(); };
  if (loss_scale_) model.checked = [&](bool overflow) { loss_scale_->update(overflow); };
  run_ranks(session_, *options_.backend, real, [&](World& world) {
    clock_ = &world.clock();
    strategy->run(world, model, [&](std::int64_t, const StepRecord& step) {
      mine_.bytes_sent += step.sent.value();
      after_step(step, replica);
    });
  });
}

// Raises the alarm before the gradients of a loss that is not finite travel.
void Trainer::before(const Task& task, std::int64_t step) {
  switch (task.pass) {
    case Pass::input:
      watch_.move(Stage::input, step);
      break;
    case Pass::update:
      watch_.move(Stage::update, step);
      break;
    default:
      watch_.move(Stage::passes, step);
      break;
  }
  if (task.pass == Pass::backward && std::exchange(looked_at_, step) != step &&
      !std::isfinite(net_->loss())) {
    alarm_.raise();
  }
}

void Trainer::after_step(const StepRecord& step, const Replica& replica) {
  mine_.steps.push_back(recorded(step, replica.losses().back()));
  seconds_ += mine_.steps.back().time;
  const std::int64_t done = replica.step() + 1;
  watch_.move(Stage::pause, done);
  // Of a settled step all ranks have heard by now, and none has begun the next step's messages.
  const bool diverged = step.settled && alarm_.raised();
  if (step.settled) alarm_.reset();
  if (diverged && !divergence_) note_divergence(done);
  if (!stopped_by_loss() && progress_.due(done, steps_)) evaluate_after(done);
  const bool last = done == steps_ || ended();
  fixed_work_.after_step(mine_, last);
  if (options_.trace && done == steps_) append_communication(session_.rank(), step, trace_);
  if (session_.rank() == 0 && options_.progress) {
    options_.progress(done, steps_, replica.losses().back());
  }
  const std::int64_t every = scenario_.length.checkpoint_every;
  if (options_.checkpoints.empty() || every == 0 || diverged) return;
  if (done % every == 0 || last) save();
}

// All ranks, which then know alike whether the run goes on.
void Trainer::evaluate_after(std::int64_t step) {
  watch_.move(Stage::evaluation, step);
  collect_losses();
  const std::string note = progress_.evaluate(step, *net_, data_.test.get(), losses_, seconds_);
  if (!note.empty() && options_.note) options_.note(note);
  watch_.move(Stage::pause, step);
}

// All ranks: complete on rank 0, and known to have happened everywhere.
void Trainer::note_divergence(std::int64_t step) {
  Divergence& d = divergence_.emplace();
  d.step = step;
  d.rate = rate_.at(step - 1);
  d.stopped = scenario_.guards.stop_on_divergence;
  d.checkpoint = saved_;
  const double mine = mine_.steps.back().loss;
  const auto all = session_.gather(to_bytes(std::span<const double>(&mine, 1)));
  for (std::size_t rank = all.size(); rank-- > 0;) {
    const double loss = numbers_of<double>(all[rank]).front();
    if (std::isfinite(loss)) continue;
    d.rank = static_cast<int>(rank);
    d.loss = loss;
  }
  if (d.stopped || session_.rank() != 0 || !options_.note) return;
  options_.note("the loss is not finite in step " + std::to_string(step) + " (" +
                significant(d.loss) + " on rank " + std::to_string(d.rank) +
                "); the run goes on, and keeps no checkpoint of such a step");
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
  const std::int64_t step = first_ + static_cast<std::int64_t>(mine_.steps.size());
  watch_.move(Stage::checkpoint, step);
  collect_losses();
  if (!store_) return;
  Checkpoint checkpoint;
  checkpoint.step = step;
  checkpoint.workers = session_.size();
  checkpoint.identity = job_identity(scenario_, session_.size());
  checkpoint.parameters.resize(static_cast<std::size_t>(net_->parameters().elements));
  net_->export_parameters(checkpoint.parameters);
  if (!all_finite(checkpoint.parameters)) return;  // of no use to anybody; the older ones stay
  saved_ = step;
  const Backend& backend = *options_.backend;
  checkpoint.optimizer_state =
      in_plain_order(*net_, host_values(backend, optimizer_->state()), backend);
  checkpoint.statistics = host_values(backend, net_->statistics());
  checkpoint.optimizer_steps = optimizer_->steps();
  if (loss_scale_) {
    checkpoint.loss_scale = loss_scale_->value();
    checkpoint.good_steps = loss_scale_->good_steps();
  }
  checkpoint.losses = losses_;
  checkpoint.seconds = seconds_;
  checkpoint.evaluations = progress_.numbers();
  store_->write(checkpoint);
}

RunRecord Trainer::record() {
  const std::int64_t done = first_ + static_cast<std::int64_t>(mine_.steps.size());
  watch_.move(Stage::evaluation, done);
  collect_losses();
  RunRecord record;
  // The loss of a step knows nothing of its update. All ranks have the same parameters.
  if (!divergence_ && !all_finite(host_values(*options_.backend, net_->parameters()))) {
    divergence_ = {.step = done,
                   .loss = NAN,
                   .of_weights = true,
                   .rate = rate_.at(done - 1),
                   .stopped = scenario_.guards.stop_on_divergence,
                   .checkpoint = saved_};
  }
  record.divergence = divergence_;
  if (data_.test && !stopped_by_loss()) {
    record.evaluation = progress_.evaluated(done)
                            ? progress_.test_set()
                            : evaluate(*net_, *data_.test, session_, *options_.backend);
  }
  if (const auto reason = progress_.ended()) record.ended_by = *reason;
  if (stopped_by_loss()) record.ended_by = EndedBy::divergence;
  record.evaluations = progress_.evaluations();
  if (!gather_ranks(session_, mine_, trace_, record)) return {};
  describe_origin(scenario_, *options_.backend, options_.threads, record);
  record.first_step = first_;
  record.global_batch = scenario_.global_batch_at(session_.size());
  record.update_samples = update_samples(JobPoint(scenario_, session_.size()));
  record.losses = losses_;
  for (std::size_t i = 0; i < mine_.steps.size(); ++i) {
    record.rates.push_back(rate_.at(first_ + static_cast<std::int64_t>(i)));
  }
  return record;
}

// Whether servers or masters take what workers have, each when it comes.
bool is_independent(const Scenario& scenario) {
  return has_servers(scenario.strategy.kind) || has_masters(scenario.strategy.kind);
}

}  // namespace

int keeper(const Scenario& scenario, int ranks) {
  return is_independent(scenario) ? keeper_of(scenario, ranks) : 0;
}

RunRecord train(const Scenario& given, MpiSession& session, const TrainOptions& options) {
  const std::int64_t workers = given.workers_among(session.size());
  const Scenario scenario = on_backend(given, workers, *options.backend);
  expect_trainable(scenario, static_cast<int>(workers));
  expect_computed(scenario, *options.backend);
  if (options.backend->space() == MemorySpace::host) {
    expect_fits(scenario, static_cast<int>(workers), session.local_size(), memory_left());
  }
  (void)session.gather("");  // nobody takes memory before all ranks have looked at it
  (void)session.broadcast("");
  std::optional<Checkpoint> start;  // only rank 0 looks into the folder
  if (session.rank() == 0) {
    start = starting_point(scenario, static_cast<int>(workers), steps_of_run(scenario, workers),
                           checkpoints_of(scenario, session.size(), 0, options.checkpoints),
                           options.resume, options.note);
  }
  if (session.rank() == 0) keep_job(options.checkpoints, options.job);
  if (is_independent(scenario)) return train_independently(scenario, session, options, start);
  StallWatch watch(session, options.stall ? scenario.guards.stall_warning : Duration(0),
                   options.stall);
  if (is_laid_out(scenario, session.size())) {
    return train_laid_out(scenario, session, options, watch);
  }
  return Trainer(scenario, session, options, watch).run(start);
}

}  // namespace rehearse
