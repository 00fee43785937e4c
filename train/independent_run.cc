#include "train/independent_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/contract.h"
#include "kernels/backend.h"
#include "predict/training_strategy.h"
#include "runtime/strategies/timeline.h"
#include "runtime/worlds/rank_watch.h"
#include "runtime/worlds/replica.h"
#include "train/floats_text.h"
#include "train/host_values.h"
#include "train/new_executor.h"
#include "train/plain_order.h"
#include "train/rank_report.h"
#include "train/record_origin.h"
#include "train/run_keeper.h"
#include "train/run_ranks.h"

namespace rehearse {
namespace {

// The group of all ranks for what the run itself has to say, apart from its strategy's messages.
constexpr int kControlGroup = 1 << 14;
enum ControlPort : int { kLength, kText };

void send_text(World& world, const Group& group, int rank, std::string text) {
  auto length = static_cast<std::int64_t>(text.size());
  world.transport().send(group, rank, kLength, {&length, sizeof length, ElementType::byte});
  world.transport().send(group, rank, kText, {text.data(), length, ElementType::byte});
}

std::string receive_text(World& world, const Group& group, int rank) {
  std::int64_t length = 0;
  world.transport().receive(group, rank, kLength, {&length, sizeof length, ElementType::byte});
  std::string text(static_cast<std::size_t>(length), '\0');
  world.transport().receive(group, rank, kText, {text.data(), length, ElementType::byte});
  return text;
}

// One rank's part in a run.
class IndependentRun {
 public:
  IndependentRun(const Scenario& scenario, MpiSession& session, const TrainOptions& options);

  RunRecord run(const std::optional<Checkpoint>& start);

 private:
  class Device;

  [[nodiscard]] bool keeps() const { return session_.rank() == keeper_; }
  void restore(const std::optional<Checkpoint>& start);
  void take_part(World& world, Replica& replica, std::int64_t steps);
  void after_step(const StepRecord& step, const Replica& replica);
  [[nodiscard]] RankReport report() const;
  // All ranks that are left; returns whether the run goes on.
  bool meet(World& world);
  const Scenario& scenario_;
  MpiSession& session_;
  const TrainOptions& options_;
  const int workers_;
  const Roles roles_;
  const int keeper_;
  const JobPoint job_;
  RankWatch watch_;
  DataSets data_;
  const std::int64_t steps_;
  std::unique_ptr<Executor> net_;
  const OptimizerOptions rule_;
  std::unique_ptr<Optimizer> optimizer_;
  LearningRate rate_;
  std::unique_ptr<Strategy> strategy_;  // of the part under way
  std::shared_ptr<const Group> control_;
  std::vector<std::unique_ptr<DeviceBuffer>> allocated_;
  std::int64_t first_ = 0;    // steps of the training before this run
  std::int64_t done_ = 0;     // steps of the training so far, at the last meeting
  std::int64_t updates_ = 0;  // that the parameters of this rank have seen
  std::int64_t newest_ = 0;   // the number of the last of them, in the part under way
  const RunParts parts_;
  RecordedRank mine_;
  StalenessCounts staleness_;
  std::int64_t dropped_ = 0;
  double busy_ = 0;
  std::int64_t diverged_ = 0;
  std::vector<double> recent_;  // losses since the last meeting
  Clock* clock_ = nullptr;
  std::vector<TraceSpan> trace_;
  std::optional<RunKeeper> keep_;  // on the keeper
};

// Counts the updates of the whole training, and the steps of this rank's.
class IndependentRun::Device : public Replica {
 public:
  Device(IndependentRun& run, const Parts& parts) : Replica(parts), run_(run) {}

 protected:
  void perform(const Task& task) override {
    if (task.pass != Pass::update || task.number == 0) return Replica::perform(task);
    run_.newest_ = std::max(run_.newest_, task.number);
    Task counted = task;
    counted.number += run_.updates_;
    Replica::perform(counted);
  }

 private:
  IndependentRun& run_;
};

IndependentRun::IndependentRun(const Scenario& scenario, MpiSession& session,
                               const TrainOptions& options)
    : scenario_(scenario),
      session_(session),
      options_(options),
      workers_(static_cast<int>(scenario.workers_among(session.size()))),
      roles_(scenario.roles_at(workers_)),
      keeper_(keeper_of(scenario, session.size())),
      job_(scenario, workers_),
      watch_(session),
      data_(open_data(scenario)),
      steps_(steps_of_run(scenario, workers_)),
      net_(new_executor(scenario, workers_, options)),
      rule_(optimizer_rule(scenario, roles_.of(session.rank()))),
      optimizer_(options.backend->make_optimizer(rule_, optimizer_tensors(*scenario.model),
                                                 options.threads)),
      rate_(learning_rate(job_)),
      parts_(scenario, steps_, !options.checkpoints.empty()) {
  std::vector<int> all(static_cast<std::size_t>(session.size()));
  std::iota(all.begin(), all.end(), 0);
  control_ = std::make_shared<const Group>(kControlGroup, std::move(all));
  if (!keeps()) return;
  keep_.emplace(KeptRun{.scenario = &scenario,
                        .ranks = session.size(),
                        .checkpoints = options.checkpoints,
                        .threads = options.threads,
                        .backend = options.backend,
                        .parts = &parts_,
                        .test = data_.test.get(),
                        .net = net_.get(),
                        .slots = optimizer_slots(scenario.optimizer.rule),
                        .rate = &rate_});
}

void IndependentRun::restore(const std::optional<Checkpoint>& start) {
  std::vector<double> numbers(3);
  if (start) {
    numbers = {static_cast<double>(start->step), static_cast<double>(start->optimizer_steps),
               start->seconds};
  }
  const auto shared =
      numbers_of<double>(session_.broadcast(to_bytes(std::span<const double>(numbers))));
  first_ = done_ = static_cast<std::int64_t>(shared[0]);
  updates_ = static_cast<std::int64_t>(shared[1]);
  const auto all = [&](const std::vector<float>* from) {
    return numbers_of<float>(
        session_.broadcast(from == nullptr ? "" : to_bytes(std::span<const float>(*from))));
  };
  const std::vector<float> slots = all(start ? &start->optimizer_state : nullptr);
  const bool serves = roles_.of(session_.rank()) != Role::worker;
  if (serves && static_cast<std::int64_t>(slots.size()) == optimizer_->state().elements) {
    std::vector<float> state(slots.size());
    from_plain_order(*net_, slots, state, *options_.backend);
    set_values(*options_.backend, optimizer_->state(), state);
  }
  const std::vector<float> statistics = all(start ? &start->statistics : nullptr);
  set_values(*options_.backend, net_->statistics(), statistics);
  const auto losses = numbers_of<double>(
      session_.broadcast(start ? to_bytes(std::span<const double>(start->losses)) : ""));
  const auto evaluations = numbers_of<double>(
      session_.broadcast(start ? to_bytes(std::span<const double>(start->evaluations)) : ""));
  if (keep_) keep_->resume(first_, shared[2], losses, evaluations);
  net_->import_parameters(all(start ? &start->parameters : nullptr));
}

RunRecord IndependentRun::run(const std::optional<Checkpoint>& start) {
  mine_.rank = session_.rank();
  if (options_.resume) restore(start);
  InputOptions in;
  in.batch = net_->batch();
  in.rank = std::min(session_.rank(), workers_ - 1);
  in.workers = workers_;
  in.first_step = first_;
  in.last_step = steps_;
  const bool works = roles_.of(session_.rank()) == Role::worker;
  in.readers = works ? scenario_.source.readers : 0;
  in.prefetch = std::max(1, prefetched_batches(in.readers));
  in.seed = scenario_.seed;
  in.order = std::make_shared<SampleOrder>(
      data_.train,
      SampleOrderOptions{in.batch, in.workers, scenario_.seed, scenario_.source.split});
  InputPipeline input(data_.train, in);
  Replica::Parts parts;
  parts.executor = net_.get();
  parts.optimizer = optimizer_.get();
  parts.input = &input;
  parts.rate = &rate_;
  parts.backend = options_.backend;
  parts.velocity_holds_rate = velocity_holds_rate(rule_);
  parts.rank = in.rank;
  parts.workers = workers_;
  parts.first_step = first_;
  Device replica(*this, parts);
  RealWorldOptions real;
  for (int rank = 0; rank < roles_.ranks(); ++rank) {
    real.background_tasks =
        std::max(real.background_tasks, make_strategy(job_, 1, nullptr)->background_tasks(rank));
  }
  real.device = &replica;
  real.yields_core = !works;
  if (outlives_ranks(*options_.backend)) {
    real.gone = [this](int rank) { return watch_.gone(rank); };
  }
  run_ranks(session_, *options_.backend, real, [&](World& world) {
    clock_ = &world.clock();
    bool goes_on = done_ < steps_;
    if (!goes_on) (void)meet(world);
    while (goes_on) {
      const std::int64_t end = parts_.end_after(done_);
      replica.count_steps_from(done_);
      take_part(world, replica, end - done_);
      done_ = end;
      goes_on = meet(world) && done_ < steps_;
    }
  });
  return keep_ ? keep_->record() : RunRecord();
}

void IndependentRun::take_part(World& world, Replica& replica, std::int64_t steps) {
  strategy_ = make_strategy(job_, steps, nullptr);
  ModelTensors model{replica.parameters(), replica.gradients()};
  model.backend = options_.backend;
  model.allocate = [this](std::int64_t elements) {
    return allocated_.emplace_back(options_.backend->allocate(elements, ElementType::float32))
        ->tensor();
  };
  newest_ = 0;
  model.updated = [&](const UpdateRecord& update) {
    update.applied ? ++staleness_[update.staleness] : ++dropped_;
    busy_ += update.busy.value();
  };
  model.ended = [this] { return diverged_ > 0 && scenario_.guards.stop_on_divergence; };
  strategy_->run(world, model,
                 [&](std::int64_t, const StepRecord& step) { after_step(step, replica); });
  updates_ += newest_;
  allocated_.clear();
}

void IndependentRun::after_step(const StepRecord& step, const Replica& replica) {
  const double loss = replica.losses().back();
  mine_.steps.push_back(recorded(step, loss));
  mine_.bytes_sent += step.sent.value();
  recent_.push_back(loss);
  const std::int64_t done = replica.step() + 1;
  if (diverged_ == 0 && !std::isfinite(loss)) diverged_ = done;
  if (options_.trace && done == steps_) append_communication(session_.rank(), step, trace_);
  if (session_.rank() == 0 && options_.progress) options_.progress(done, steps_, loss);
}

RankReport IndependentRun::report() const {
  RankReport mine;
  mine.record = to_text(mine_);
  const std::vector<float> parameters = host_values(*options_.backend, net_->parameters());
  const std::vector<float> slots = host_values(*options_.backend, optimizer_->state());
  const std::size_t arrays = slots.size() / std::max<std::size_t>(1, parameters.size());
  const auto kept = make_strategy(job_, 1, nullptr)->keeps(session_.rank());
  for (const ParameterRange& range : kept) {
    const auto begin = parameters.begin() + range.begin;
    mine.parameters.insert(mine.parameters.end(), begin, begin + range.size());
  }
  for (std::size_t array = 0; array < arrays; ++array) {
    for (const ParameterRange& range : kept) {
      const auto begin =
          slots.begin() + static_cast<std::ptrdiff_t>(array * parameters.size()) + range.begin;
      mine.slots.insert(mine.slots.end(), begin, begin + range.size());
    }
  }
  if (roles_.of(session_.rank()) == Role::worker) {
    mine.statistics = host_values(*options_.backend, net_->statistics());
    mine.losses = recent_;
  }
  mine.staleness = staleness_;
  mine.updates = updates_;
  mine.dropped = dropped_;
  mine.busy = busy_;
  mine.seconds = clock_->now().value();
  mine.diverged = diverged_;
  return mine;
}

bool IndependentRun::meet(World& world) {
  RankReport mine = report();
  recent_.clear();
  if (!keeps()) {
    send_text(world, *control_, keeper_, to_bytes(mine));
    return receive_text(world, *control_, keeper_) == "go on";
  }
  std::vector<std::optional<RankReport>> reports(static_cast<std::size_t>(session_.size()));
  for (int rank = 0; rank < session_.size(); ++rank) {
    auto& place = reports[static_cast<std::size_t>(rank)];
    if (rank == keeper_) {
      place = std::move(mine);
      continue;
    }
    try {
      place = rank_report_of(receive_text(world, *control_, rank));
    } catch (const RankGone&) {  // its steps are lost, the others' are not
    }
  }
  const std::string word = keep_->take(done_, reports) ? "go on" : "end";
  for (int rank = 0; rank < session_.size(); ++rank) {
    if (rank == keeper_ || !reports[static_cast<std::size_t>(rank)]) continue;
    try {
      send_text(world, *control_, rank, word);
    } catch (const RankGone&) {
    }
  }
  return word == "go on";
}

}  // namespace

int keeper_of(const Scenario& scenario, int ranks) {
  return static_cast<int>(scenario.workers_among(ranks));
}

RunRecord train_independently(const Scenario& scenario, MpiSession& session,
                              const TrainOptions& options, const std::optional<Checkpoint>& start) {
  return IndependentRun(scenario, session, options).run(start);
}

}  // namespace rehearse
