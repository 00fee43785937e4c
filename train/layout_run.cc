#include "train/layout_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "kernels/backend.h"
#include "kernels/models/part_parameters.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/strategies/layout_sgd.h"
#include "runtime/strategies/timeline.h"
#include "runtime/worlds/layout_replica.h"
#include "runtime/worlds/nccl/nccl_world.h"
#include "scenarios/framework.h"
#include "train/evaluate.h"
#include "train/fixed_work_timer.h"
#include "train/floats_text.h"
#include "train/host_values.h"
#include "train/job_identity.h"
#include "train/record_origin.h"
#include "train/run_progress.h"
#include "train/run_ranks.h"
#include "train/starting_point.h"
#include "train/whole_parameters.h"

namespace rehearse {
namespace {

// What of a layout a real run does.
Layout real_layout(const Scenario& scenario, int ranks) {
  Layout layout = scenario.layout_at(ranks);
  // So that parameters are whole between two steps.
  layout.overlap.parameters = layout.overlap.parameters && layout.zero == 3;
  return layout;
}

// One rank's part in a run.
class LayoutRun {
 public:
  LayoutRun(const Scenario& scenario, MpiSession& session, const TrainOptions& options,
            StallWatch& watch);

  RunRecord run();

 private:
  class TracedReplica;

  std::int64_t newest_common(const std::optional<Checkpoint>& own);
  void make_replica();
  void restore(const Checkpoint& start);
  void take_steps();
  void after_step(World& world, const StepRecord& step);
  // The mean loss of a step over all replicas, on all ranks.
  [[nodiscard]] double mean_loss(World& world) const;
  void collect_losses();
  void save();
  [[nodiscard]] bool saves_at(std::int64_t done, bool last) const;
  [[nodiscard]] bool evaluates_at(std::int64_t done) const { return progress_.due(done, steps_); }
  // All ranks: an executor of the whole model with the parameters of now.
  std::unique_ptr<Executor> whole_model();
  RunRecord record();
  [[nodiscard]] bool ended() const {
    return (divergence_ && divergence_->stopped) || progress_.ended();
  }

  const Scenario& scenario_;
  MpiSession& session_;
  const TrainOptions& options_;
  StallWatch& watch_;
  const Layout layout_;
  const ProcessGrid grid_;
  const std::vector<RankPart> parts_;
  const std::shared_ptr<const RankProgram> program_;
  DataSets data_;
  const std::int64_t steps_;
  FixedWorkTimer fixed_work_;
  LearningRate rate_;
  RunProgress progress_;
  std::optional<LossScale> loss_scale_;  // of fp16
  std::unique_ptr<InputPipeline> input_;
  std::unique_ptr<LayoutReplica> replica_;
  std::optional<CheckpointStore> store_;
  std::int64_t first_ = 0;
  std::optional<std::int64_t> saved_;
  double seconds_ = 0;
  Clock* clock_ = nullptr;
  std::optional<Divergence> divergence_;
  RecordedRank mine_;
  std::vector<double> own_losses_;  // of this rank's replica, since they were collected
  std::vector<double> losses_;      // on rank 0, of all steps
  std::vector<TraceSpan> trace_;
};

// Says what it is doing, and of the last step how long each task took.
class LayoutRun::TracedReplica : public LayoutReplica {
 public:
  TracedReplica(LayoutRun& run, const Options& options)
      : LayoutReplica(*run.options_.backend, run.parts_, *run.program_, options), run_(run) {}

 protected:
  void perform(const Task& task) override {
    const bool traced = run_.options_.trace && step() + 1 == run_.steps_;
    const Duration begin = traced ? run_.clock_->now() : Duration(0);
    run_.watch_.move(stage_of(task), step() + 1);
    LayoutReplica::perform(task);
    run_.watch_.move(Stage::all_reduce, step() + 1);
    if (!traced) return;
    run_.trace_.push_back(task_span(run_.session_.rank(), task, begin, run_.clock_->now()));
  }

 private:
  // In an exchange a rank waits for others.
  [[nodiscard]] Stage stage_of(const Task& task) const {
    if (task.pass == Pass::input) return Stage::input;
    if (task.pass == Pass::update) return Stage::update;
    const RankPart& part = run_.parts_[static_cast<std::size_t>(task.chunk)];
    const bool exchanges = part.of.model.layers()[task.layer].kind == LayerKind::exchange;
    return exchanges ? Stage::all_reduce : Stage::passes;
  }

  LayoutRun& run_;
};

LayoutRun::LayoutRun(const Scenario& scenario, MpiSession& session, const TrainOptions& options,
                     StallWatch& watch)
    : scenario_(scenario),
      session_(session),
      options_(options),
      watch_(watch),
      layout_(real_layout(scenario, session.size())),
      grid_(layout_),
      parts_(rank_parts(*scenario.model, layout_, grid_, session.rank())),
      program_(std::make_shared<const RankProgram>(rank_program(
          rank_chunks(*scenario.model, layout_, parts_), layout_, grid_, session.rank(),
          {.bucket_elements = bucket_elements(scenario, layout_),
           .norm = scenario.precision == Precision::fp16}))),
      data_(open_data(scenario)),
      steps_(steps_of_run(scenario, session.size())),
      fixed_work_(session, options.threads),
      rate_(scenario.optimizer.rate, session.size(),
            InputPipeline::steps_per_epoch(scenario.samples,
                                           scenario.global_batch_at(session.size()))),
      progress_(scenario, session, rate_) {
  mine_.rank = session.rank();
  if (scenario.precision == Precision::fp16) loss_scale_.emplace();
  if (options.checkpoints.empty()) return;
  store_.emplace(checkpoints_of(scenario, session.size(), session.rank(), options.checkpoints));
}

// The newest step of which all ranks have a checkpoint; -1: none.
std::int64_t LayoutRun::newest_common(const std::optional<Checkpoint>& own) {
  const double mine = own ? static_cast<double>(own->step) : -1;
  double common = mine;
  for (const std::string& text : session_.gather(to_bytes(std::span<const double>(&mine, 1)))) {
    common = std::min(common, numbers_of<double>(text).front());
  }
  const std::string shared = session_.broadcast(to_bytes(std::span<const double>(&common, 1)));
  return std::llround(numbers_of<double>(shared).front());
}

RunRecord LayoutRun::run() {
  std::optional<Checkpoint> start;
  if (options_.resume) {
    start = store_->newest();
    first_ = newest_common(start);
    if (start && start->step > first_) start = store_->newest(nullptr, first_);
    if (!start || start->step != first_) {
      throw Error::input("a rank has no intact checkpoint of step " +
                             std::to_string(std::max<std::int64_t>(0, first_)),
                         "its folder is in '" + options_.checkpoints + "'",
                         "start without --resume, in another --out");
    }
    expect_same_job(*start, scenario_, session_.size());
  }
  make_replica();
  if (start) {
    restore(*start);
  } else {
    const std::vector<float> all = initial_parameters(*scenario_.model, scenario_.seed);
    for (std::size_t c = 0; c < parts_.size(); ++c) {
      const RankPart& part = parts_[c];
      replica_->import_parameters(static_cast<int>(c),
                                  cut_parameters(*scenario_.model, part.of, part.shape, all));
    }
  }
  if (first_ < steps_ && !ended()) take_steps();
  return record();
}

void LayoutRun::restore(const Checkpoint& start) {
  const std::vector<float> parameters = replica_->from_plain_order(start.parameters);
  set_values(*options_.backend, replica_->tensors().parameters, parameters);
  replica_->set_states(replica_->from_plain_order(start.optimizer_state), start.optimizer_steps);
  if (loss_scale_) loss_scale_->restore(start.loss_scale, start.good_steps);
  losses_ = start.losses;
  seconds_ = start.seconds;
  saved_ = start.step;
  progress_.resume(start.evaluations, steps_);
}

// Ranks whose parts neither begin nor end the model read nothing.
void LayoutRun::make_replica() {
  const bool reads = std::ranges::any_of(
      program_->ops, [](const RankOp& op) { return op.kind == RankOp::Kind::input; });
  InputOptions in;
  in.batch = layout_.microbatch * layout_.microbatches;
  in.rank = grid_.place(session_.rank(), GridAxis::data);
  in.workers = layout_.data;
  in.first_step = first_;
  in.last_step = steps_;
  in.readers = reads ? scenario_.source.readers : 0;
  in.prefetch = std::max(1, prefetched_batches(in.readers));
  in.seed = scenario_.seed;
  in.order = std::make_shared<SampleOrder>(
      data_.train, SampleOrderOptions{in.batch, layout_.data, in.seed, scenario_.source.split});
  input_ = std::make_unique<InputPipeline>(data_.train, in);
  LayoutReplica::Options of{.microbatch = layout_.microbatch,
                            .microbatches = layout_.microbatches,
                            .threads = options_.threads,
                            .dropout_seed = scenario_.seed};
  of.precision = scenario_.precision;
  if (loss_scale_) of.loss_scale = &*loss_scale_;
  of.rule = scenario_.optimizer.rule;
  of.rate = &rate_;
  of.input = input_.get();
  of.replica = in.rank;
  of.replicas = layout_.data;
  of.first_step = first_;
  if (layout_.sequence) of.share_of_steps = grid_.place(session_.rank(), GridAxis::tensor);
  replica_ = std::make_unique<TracedReplica>(*this, of);
}

void LayoutRun::take_steps() {
  LayoutSgd::Options how{.steps = steps_ - first_, .layout = layout_};
  how.program = [this](int) { return program_; };
  how.completes = [this](std::int64_t step) {
    const std::int64_t done = first_ + step + 1;
    return saves_at(done, done == steps_) || evaluates_at(done);
  };
  if (options_.backend->space() == MemorySpace::device) {
    how.call = [](GridAxis, Operation operation, double) { return nccl_call(operation); };
  }
  const LayoutSgd strategy(how);
  RealWorldOptions real;
  real.background_tasks = 1;
  real.device = replica_.get();
  ModelTensors model = replica_->tensors();
  model.ended = [this] { return ended(); };
  run_ranks(session_, *options_.backend, real, [&](World& world) {
    clock_ = &world.clock();
    strategy.run(world, model,
                 [&](std::int64_t, const StepRecord& step) { after_step(world, step); });
  });
}

double LayoutRun::mean_loss(World& world) const {
  const std::optional<double> own = replica_->loss();
  std::array<float, 2> sums{own ? static_cast<float>(*own) : 0.0F, own ? 1.0F : 0.0F};
  if (session_.size() > 1) {
    world.transport().collective(*world.transport().world(),
                                 {.algorithm = Algorithm::recursive_doubling},
                                 tensor_of(std::span<float>(sums)));
  }
  return static_cast<double>(sums[0]) / static_cast<double>(sums[1]);
}

void LayoutRun::after_step(World& world, const StepRecord& step) {
  const double mean = mean_loss(world);
  mine_.steps.push_back(recorded(step, replica_->loss().value_or(mean)));
  mine_.bytes_sent += step.sent.value();
  if (const auto own = replica_->loss()) own_losses_.push_back(*own);
  seconds_ += mine_.steps.back().time;
  const std::int64_t done = replica_->step() + 1;
  watch_.move(Stage::pause, done);
  const bool diverged = !std::isfinite(mean);
  if (diverged && !divergence_) {
    divergence_ = {.step = done,
                   .loss = mean,
                   .rate = rate_.at(done - 1),
                   .stopped = scenario_.guards.stop_on_divergence,
                   .checkpoint = saved_};
  }
  if (!ended() && evaluates_at(done)) {
    watch_.move(Stage::evaluation, done);
    collect_losses();
    const auto net = whole_model();
    const std::string note = progress_.evaluate(done, *net, data_.test.get(), losses_, seconds_);
    if (!note.empty() && options_.note) options_.note(note);
  }
  const bool last = done == steps_ || ended();
  fixed_work_.after_step(mine_, last);
  if (options_.trace && done == steps_) append_communication(session_.rank(), step, trace_);
  if (session_.rank() == 0 && options_.progress) options_.progress(done, steps_, mean);
  if (!diverged && saves_at(done, last)) save();
}

bool LayoutRun::saves_at(std::int64_t done, bool last) const {
  const std::int64_t every = scenario_.length.checkpoint_every;
  return !options_.checkpoints.empty() && every > 0 && (done % every == 0 || last);
}

// All ranks. Those of a pipeline's last stage, and of all shares of its layers, have the losses of
// their replica.
void LayoutRun::collect_losses() {
  const auto all = session_.gather(to_bytes(std::span<const double>(own_losses_)));
  own_losses_.clear();
  std::vector<double> sum;
  double ranks = 0;
  for (const std::string& text : all) {
    const auto theirs = numbers_of<double>(text);
    if (theirs.empty()) continue;
    sum.resize(theirs.size());
    ++ranks;
    for (std::size_t i = 0; i < theirs.size(); ++i) sum[i] += theirs[i];
  }
  for (const double value : sum) losses_.push_back(value / ranks);
}

void LayoutRun::save() {
  const std::int64_t step = first_ + static_cast<std::int64_t>(mine_.steps.size());
  watch_.move(Stage::checkpoint, step);
  collect_losses();
  Checkpoint checkpoint;
  checkpoint.step = step;
  checkpoint.workers = session_.size();
  checkpoint.identity = job_identity(scenario_, session_.size());
  checkpoint.parameters =
      replica_->in_plain_order(host_values(*options_.backend, replica_->tensors().parameters));
  const double finite = all_finite(checkpoint.parameters) ? 1 : 0;
  double all = 1;
  for (const std::string& text : session_.gather(to_bytes(std::span<const double>(&finite, 1)))) {
    all = std::min(all, numbers_of<double>(text).front());
  }
  const std::string word = session_.broadcast(all > 0 ? "keep" : "");
  if (word.empty()) return;  // of no use to anybody; the older ones stay
  saved_ = step;
  checkpoint.optimizer_state = replica_->in_plain_order(replica_->states());
  checkpoint.optimizer_steps = replica_->optimizer_steps();
  if (loss_scale_) {
    checkpoint.loss_scale = loss_scale_->value();
    checkpoint.good_steps = loss_scale_->good_steps();
  }
  checkpoint.losses = losses_;
  checkpoint.seconds = seconds_;
  checkpoint.evaluations = progress_.numbers();
  store_->write(checkpoint);
}

std::unique_ptr<Executor> LayoutRun::whole_model() {
  const auto own =
      replica_->in_plain_order(host_values(*options_.backend, replica_->tensors().parameters));
  const auto all = whole_parameters(*scenario_.model, layout_, grid_, own, session_);
  auto net = cpu_backend().make_executor(
      *scenario_.model, {.batch = layout_.microbatch, .threads = options_.threads});
  net->import_parameters(all);
  return net;
}

RunRecord LayoutRun::record() {
  const std::int64_t done = first_ + static_cast<std::int64_t>(mine_.steps.size());
  watch_.move(Stage::evaluation, done);
  collect_losses();
  RunRecord record;
  record.divergence = divergence_;
  const bool stopped = divergence_ && divergence_->stopped;
  if (data_.test && !stopped) {
    record.evaluation = progress_.evaluated(done) ? progress_.test_set()
                                                  : evaluate(*whole_model(), *data_.test, session_);
  }
  if (const auto reason = progress_.ended()) record.ended_by = *reason;
  if (stopped) record.ended_by = EndedBy::divergence;
  record.evaluations = progress_.evaluations();
  if (!gather_ranks(session_, mine_, trace_, record)) return {};
  describe_origin(scenario_, *options_.backend, options_.threads, record);
  record.first_step = first_;
  record.global_batch = scenario_.global_batch_at(session_.size());
  record.update_samples = record.global_batch;
  record.losses = losses_;
  for (std::int64_t step = first_; step < done; ++step) record.rates.push_back(rate_.at(step));
  return record;
}

}  // namespace

RunRecord train_laid_out(const Scenario& scenario, MpiSession& session, const TrainOptions& options,
                         StallWatch& watch) {
  return LayoutRun(scenario, session, options, watch).run();
}

}  // namespace rehearse
