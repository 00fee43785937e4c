#include "runtime/strategies/layout_beside.h"

#include "base/contract.h"
#include "runtime/strategies/layout_collectives.h"

namespace rehearse {
namespace {

constexpr int kLane = 1;  // the main task has lane 0

}  // namespace

// One place for each such op of a step. The producer writes before it raises, the consumer reads
// what it was told of.
struct LayoutBeside::Shared {
  struct Place {
    std::size_t op = 0;
    Tensor tensor{};
    Event event{};
    StepSpan span{.what = StepSpan::What::gradients, .group = Group(0, {})};
  };

  Shared(const LayoutSgd& of, std::shared_ptr<const RankProgram> list)
      : strategy(of), program(std::move(list)) {}

  const LayoutSgd& strategy;
  std::shared_ptr<const RankProgram> program;
  std::vector<std::size_t> place_of;  // by op
  std::vector<Place> places;
  std::unique_ptr<Signal> launched, finished;  // over all steps
  std::int64_t before = 0;                     // ops of earlier steps
  std::size_t started = 0;                     // in this step
  bool closed = false;

  void serve(World& world) {
    for (std::int64_t done = 0;; ++done) {
      if (launched->wait_above(done) > done && closed) return;
      Place& place = places[static_cast<std::size_t>(done) % places.size()];
      const RankOp& op = program->ops[place.op];
      world.device().wait(place.event);
      place.span = take_part(world, strategy, kLane, op.axis, op.operation, place.tensor);
      name_tensors(op, place.span);
      finished->raise();
    }
  }
};

LayoutBeside::LayoutBeside(World& world, const LayoutSgd& strategy,
                           std::shared_ptr<const RankProgram> program)
    : shared_(std::make_shared<Shared>(strategy, std::move(program))) {
  Shared& s = *shared_;
  s.place_of.resize(s.program->ops.size());
  for (std::size_t i = 0; i < s.program->ops.size(); ++i) {
    if (!s.program->ops[i].beside) continue;
    s.place_of[i] = s.places.size();
    s.places.emplace_back().op = i;
  }
  s.launched = world.make_signal(true);
  s.finished = world.make_signal(false);
  world.spawn([shared = shared_](World& background) { shared->serve(background); });
}

LayoutBeside::~LayoutBeside() = default;

void LayoutBeside::start(std::size_t op, const Tensor& tensor, Event event) {
  Shared& s = *shared_;
  Shared::Place& place = s.places[s.place_of[op]];
  EXPECTS(place.op == op && s.place_of[op] == s.started);
  place.tensor = tensor;
  place.event = event;
  ++s.started;
  s.launched->raise();
}

void LayoutBeside::wait(std::size_t op) {
  Shared& s = *shared_;
  s.finished->wait_above(s.before + static_cast<std::int64_t>(s.place_of[op]));
}

std::vector<StepSpan> LayoutBeside::finish_step() {
  Shared& s = *shared_;
  EXPECTS(s.started == s.places.size());
  s.before += static_cast<std::int64_t>(s.started);
  s.finished->wait_above(s.before - 1);
  s.started = 0;
  std::vector<StepSpan> spans;
  for (const Shared::Place& place : s.places) spans.push_back(place.span);
  return spans;
}

void LayoutBeside::close() {
  shared_->closed = true;
  shared_->launched->raise();
}

}  // namespace rehearse
