#include "runtime/strategies/priority_reducer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/contract.h"
#include "runtime/compression/coded_sum.h"

namespace rehearse {

std::int64_t unit_elements(const ReducerOptions& options) {
  const auto bytes = static_cast<std::int64_t>(options.bucket.value());
  if (bytes == 0) return 0;
  return std::max<std::int64_t>(1, bytes / element_bytes(options.type));
}

// What both tasks have in common. Events are handed over by `launched`, units and spans by
// `completed`: the producer writes before it raises, the consumer reads what it was told of.
struct PriorityReducer::Shared {
  Shared(Group of, ReducerOptions chosen) : group(std::move(of)), options(std::move(chosen)) {}

  Group group;
  ReducerOptions options;
  std::vector<PriorityUnit> units;
  std::vector<FusedBatch> pieces;  // of each unit: what the codec takes for tensors
  Tensor gradients;
  std::unique_ptr<CodedSum> coded;           // null: gradients travel as they are
  std::unique_ptr<Signal> launched;          // main -> background: gradients, over all steps
  std::unique_ptr<Signal> completed;         // background -> main: units, over all steps
  std::vector<Event> events;                 // by gradient
  std::vector<std::size_t> order;            // of this step's units, as they were completed
  std::vector<std::vector<StepSpan>> spans;  // likewise
  bool closed = false;

  [[nodiscard]] auto count() const { return static_cast<std::int64_t>(events.size()); }

  void serve(World& world);
  void sum_step(World& world, std::int64_t step);
  // The unit that is needed first, of those whose gradients are all among the first `ready`.
  [[nodiscard]] std::optional<std::size_t> next(const std::vector<bool>& done,
                                                std::int64_t ready) const;
  std::int64_t agree(World& world, std::int64_t step, std::int64_t ready, bool must_grow,
                     std::vector<StepSpan>& into) const;
  void sum(World& world, std::size_t unit, std::vector<StepSpan>& into);
};

PriorityReducer::PriorityReducer(World& world, std::shared_ptr<const Group> group,
                                 std::vector<std::int64_t> elements, Tensor gradients,
                                 const Backend& backend, ReducerOptions options)
    : shared_(std::make_shared<Shared>(*group, std::move(options))) {
  Shared& s = *shared_;
  s.units = priority_units(elements, unit_elements(s.options));
  s.gradients = gradients;
  s.events.resize(elements.size());
  s.order.resize(s.units.size());
  s.spans.resize(s.units.size());
  std::vector<std::int64_t> ends{0};  // of the gradients, in elements
  for (const std::int64_t size : elements) ends.push_back(ends.back() + size);
  EXPECTS(gradients.elements == ends.back());
  std::vector<std::int64_t> tensors;
  for (const PriorityUnit& unit : s.units) {
    FusedBatch piece{static_cast<std::int64_t>(tensors.size()), 0};
    for (std::int64_t i = unit.gradients.first; i < unit.gradients.end; ++i) {
      const auto g = static_cast<std::size_t>(i);
      tensors.push_back(std::min(unit.end, ends[g + 1]) - std::max(unit.begin, ends[g]));
    }
    piece.end = static_cast<std::int64_t>(tensors.size());
    s.pieces.push_back(piece);
  }
  if (s.options.codec)
    s.coded = std::make_unique<CodedSum>(s.options.codec, std::move(tensors), backend);
  s.launched = world.make_signal(true);
  s.completed = world.make_signal(false);
  world.spawn([shared = shared_](World& background) { shared->serve(background); });
}

PriorityReducer::~PriorityReducer() = default;

void PriorityReducer::ready(Event event) {
  Shared& s = *shared_;
  EXPECTS(launched_ < s.count() && completed_ % static_cast<std::int64_t>(s.units.size()) == 0);
  s.events[static_cast<std::size_t>(launched_++)] = event;
  if (s.options.overlap) s.launched->raise();
}

void PriorityReducer::release() {
  Shared& s = *shared_;
  EXPECTS(launched_ == s.count());
  for (std::int64_t i = 0; !s.options.overlap && i < s.count(); ++i) s.launched->raise();
  launched_ = 0;
  summed_.assign(s.units.size(), false);
}

void PriorityReducer::wait(const FusedBatch& gradients) {
  Shared& s = *shared_;
  const auto units = static_cast<std::int64_t>(s.units.size());
  const auto missing = [&] {
    for (std::size_t i = 0; i < s.units.size(); ++i) {
      const FusedBatch& of = s.units[i].gradients;
      if (!summed_[i] && of.first < gradients.end && gradients.first < of.end) return true;
    }
    return false;
  };
  while (missing()) {
    const std::int64_t base = completed_ - completed_ % units;
    for (const std::int64_t known = s.completed->wait_above(completed_); completed_ < known;
         ++completed_) {
      const auto index = static_cast<std::size_t>(completed_ - base);
      summed_[s.order[index]] = true;
      spans_.insert(spans_.end(), s.spans[index].begin(), s.spans[index].end());
    }
  }
}

std::vector<StepSpan> PriorityReducer::take_spans() { return std::exchange(spans_, {}); }

void PriorityReducer::close() {
  shared_->closed = true;
  shared_->launched->raise();
}

void PriorityReducer::Shared::serve(World& world) {
  for (std::int64_t step = 0;; ++step) {
    if (launched->wait_above(step * count()) > step * count() && closed) return;
    sum_step(world, step);
  }
}

void PriorityReducer::Shared::sum_step(World& world, std::int64_t step) {
  std::vector<bool> done(units.size());
  std::int64_t ready = 0;  // gradients, on all ranks
  for (std::size_t turn = 0; turn < units.size(); ++turn) {
    std::vector<StepSpan>& into = spans[turn];
    into.clear();
    std::optional<std::size_t> unit;
    do {
      if (ready < count()) ready = agree(world, step, ready, !next(done, ready), into);
      unit = next(done, ready);
    } while (!unit);
    sum(world, *unit, into);
    done[*unit] = true;
    order[turn] = *unit;
    completed->raise();
  }
}

std::optional<std::size_t> PriorityReducer::Shared::next(const std::vector<bool>& done,
                                                         std::int64_t ready) const {
  for (std::size_t i = units.size(); i-- > 0;) {
    if (!done[i] && units[i].gradients.end <= ready) return i;
  }
  return {};
}

// A rank whose answer must grow waits until it has one gradient more: all ranks know as well as
// this one that nothing can be summed before.
std::int64_t PriorityReducer::Shared::agree(World& world, std::int64_t step, std::int64_t ready,
                                            bool must_grow, std::vector<StepSpan>& into) const {
  const std::int64_t base = step * count();
  if (must_grow) {
    launched->wait_above(base + ready);
    world.device().wait(events[static_cast<std::size_t>(ready)]);
  }
  const std::int64_t known = std::min(launched->count() - base, count());
  std::int64_t mine = ready;
  while (mine < known && world.device().happened(events[static_cast<std::size_t>(mine)])) ++mine;
  const Duration arrived = world.clock().now();
  const auto [least, waited] = world.transport().agree_min(group, mine);
  into.push_back({.what = StepSpan::What::agreement,
                  .first = ready,
                  .end = ready,
                  .group = group,
                  .arrived = arrived,
                  .started = arrived + waited,
                  .ended = world.clock().now()});
  return least;
}

void PriorityReducer::Shared::sum(World& world, std::size_t unit, std::vector<StepSpan>& into) {
  Tensor part = gradients.part(units[unit].begin, units[unit].size());
  if (coded) {
    for (StepSpan& span :
         coded->sum(world, group, {options.call, options.gather}, pieces[unit], part, 0)) {
      span.first = units[unit].gradients.first;
      span.end = units[unit].gradients.end;
      into.push_back(std::move(span));
    }
    return;
  }
  EXPECTS(part.data == nullptr || options.type == part.type);
  part.type = options.type;
  const CollectiveCall call = options.call(part.bytes().value());
  const Duration arrived = world.clock().now();
  const Duration waited = world.transport().collective(group, call, part);
  into.push_back({.what = StepSpan::What::gradients,
                  .first = units[unit].gradients.first,
                  .end = units[unit].gradients.end,
                  .group = group,
                  .call = call,
                  .elements = part.elements,
                  .type = part.type,
                  .arrived = arrived,
                  .started = arrived + waited,
                  .ended = world.clock().now()});
}

}  // namespace rehearse
