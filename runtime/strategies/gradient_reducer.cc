#include "runtime/strategies/gradient_reducer.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "runtime/compression/coded_sum.h"

namespace rehearse {

// What one background task and the main task have in common. `spans` are handed over through the
// signals: the producer writes before it raises, the consumer reads what it was told of.
struct GradientReducer::Lane {
  Group group;
  std::unique_ptr<Signal> launched;  // main -> background: gradients or buckets, over all steps
  std::unique_ptr<Signal> finished;  // background -> main: steps reduced
  std::vector<FusedBatch> buckets{};
  std::vector<std::vector<StepSpan>> spans{};  // by step, modulo steps_in_flight
};

// What all tasks have in common; `events` are handed over like the spans.
struct GradientReducer::Shared {
  std::vector<std::int64_t>
      offsets;  // of each gradient in the tensor, and the total behind the last
  std::vector<Bytes> sizes;
  std::vector<Tensor> gradients;  // by step, modulo steps_in_flight
  ReducerOptions options;
  std::unique_ptr<CodedSum> coded;  // null: gradients travel as they are
  std::vector<Lane> lanes;
  std::vector<Lane*> told;  // by gradient: who is told that it was launched; null: nobody
  std::vector<std::vector<Event>> events;  // by step, modulo steps_in_flight, and gradient
  std::int64_t steps = 0;                  // that finish() has seen
  bool closed = false;
  World* main = nullptr;

  // Where what belongs to a step is kept.
  [[nodiscard]] std::size_t slot(std::int64_t step) const {
    return static_cast<std::size_t>(step % options.steps_in_flight);
  }
  [[nodiscard]] auto count() const { return static_cast<std::int64_t>(sizes.size()); }
  [[nodiscard]] bool by_cycles() const {
    return options.batching == ReducerOptions::Batching::horovod;
  }

  void make_lanes(const Group& group);
  void serve(Lane& lane, World& world);
  void step_by_cycles(Lane& lane, World& world, std::int64_t step, Duration& last_cycle);
  void start_cycle(World& world, bool late, Duration& last_cycle) const;
  void step_by_buckets(Lane& lane, World& world, std::int64_t step);
  void reduce(Lane& lane, World& world, std::int64_t step, const FusedBatch& batch);
};

std::int64_t travelling_elements(const ReducerOptions& options,
                                 std::span<const std::int64_t> tensors, int ranks) {
  std::int64_t sum = 0;
  for (const std::int64_t elements : tensors) {
    sum += options.codec ? options.codec->message_elements(elements) : elements;
  }
  return gathers(options) ? sum * ranks : sum;
}

GradientReducer::GradientReducer(World& world, std::shared_ptr<const Group> group,
                                 std::vector<std::int64_t> elements, Tensor gradients,
                                 const Backend& backend, ReducerOptions options)
    : shared_(std::make_shared<Shared>()) {
  Shared& s = *shared_;
  s.offsets.push_back(0);
  for (const std::int64_t n : elements) {
    s.offsets.push_back(s.offsets.back() + n);
    s.sizes.emplace_back(static_cast<double>(n) * element_bytes(options.type));
  }
  s.options = std::move(options);
  EXPECTS(s.options.steps_in_flight >= 1);
  s.gradients.assign(static_cast<std::size_t>(s.options.steps_in_flight), gradients);
  if (s.options.codec) s.coded = std::make_unique<CodedSum>(s.options.codec, elements, backend);
  s.events.assign(static_cast<std::size_t>(s.options.steps_in_flight),
                  std::vector<Event>(elements.size()));
  s.main = &world;
  s.make_lanes(*group);
  for (Lane& lane : s.lanes) {
    world.spawn([shared = shared_, &lane](World& background) { shared->serve(lane, background); });
  }
}

GradientReducer::~GradientReducer() = default;

void GradientReducer::Shared::make_lanes(const Group& group) {
  EXPECTS(options.in_flight >= 1 && options.in_flight <= Group::kMostLanes);
  EXPECTS(!by_cycles() || options.in_flight == 1);
  std::vector<FusedBatch> all;
  if (!by_cycles()) all = buckets(sizes, options.first_bucket, options.bucket);
  const auto number = by_cycles() ? 1 : std::min<std::size_t>(all.size(), options.in_flight);
  lanes.reserve(number);  // references to them stay good
  for (int i = 0; i < static_cast<int>(number); ++i) {
    lanes.push_back({group.lane(i), main->make_signal(true), main->make_signal(false)});
    lanes.back().spans.resize(static_cast<std::size_t>(options.steps_in_flight));
  }
  told.assign(sizes.size(), by_cycles() ? lanes.data() : nullptr);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Lane& lane = lanes[i % number];
    lane.buckets.push_back(all[i]);
    told[static_cast<std::size_t>(all[i].end - 1)] = &lane;
  }
}

void GradientReducer::use(const Tensor& gradients) {
  Shared& s = *shared_;
  EXPECTS(launched_ == 0 && released_ < s.steps + s.options.steps_in_flight);
  EXPECTS(gradients.elements == s.offsets.back());
  s.gradients[s.slot(released_)] = gradients;
}

void GradientReducer::ready(Event event) {
  Shared& s = *shared_;
  EXPECTS(launched_ < s.count() && released_ < s.steps + s.options.steps_in_flight);
  const auto index = static_cast<std::size_t>(launched_);
  s.events[s.slot(released_)][index] = event;
  last_ = event;
  ++launched_;
  if (s.options.overlap) launched(index);
}

void GradientReducer::launched(std::size_t gradient) {
  if (Lane* lane = shared_->told[gradient]) lane->launched->raise();
}

void GradientReducer::release() {
  Shared& s = *shared_;
  EXPECTS(launched_ == s.count());
  if (!s.options.overlap) {
    s.main->device().wait(last_);
    for (std::size_t i = 0; i < s.sizes.size(); ++i) launched(i);
  }
  launched_ = 0;
  ++released_;
}

std::vector<StepSpan> GradientReducer::finish() {
  Shared& s = *shared_;
  EXPECTS(s.steps < released_);
  std::vector<StepSpan> all;
  for (Lane& lane : s.lanes) {
    lane.finished->wait_above(s.steps);
    std::vector<StepSpan>& spans = lane.spans[s.slot(s.steps)];
    all.insert(all.end(), spans.begin(), spans.end());
    spans.clear();
  }
  ++s.steps;
  std::stable_sort(all.begin(), all.end(),
                   [](const StepSpan& a, const StepSpan& b) { return a.first < b.first; });
  return all;
}

void GradientReducer::close() {
  shared_->closed = true;
  for (Lane& lane : shared_->lanes) lane.launched->raise();
}

void GradientReducer::Shared::serve(Lane& lane, World& world) {
  const std::int64_t each =
      by_cycles() ? count() : static_cast<std::int64_t>(lane.buckets.size());  // raises per step
  Duration last_cycle;
  for (std::int64_t step = 0;; ++step) {
    if (lane.launched->wait_above(step * each) > step * each && closed) return;
    by_cycles() ? step_by_cycles(lane, world, step, last_cycle)
                : step_by_buckets(lane, world, step);
    lane.finished->raise();
  }
}

void GradientReducer::Shared::step_by_cycles(Lane& lane, World& world, std::int64_t step,
                                             Duration& last_cycle) {
  const std::int64_t base = step * count();
  for (std::int64_t done = 0; done < count();) {
    const bool late = lane.launched->count() > base + done;
    lane.launched->wait_above(base + done);
    start_cycle(world, late, last_cycle);
    const std::int64_t mine = std::min(lane.launched->count() - base, count());
    const Duration arrived = world.clock().now();
    const auto [common, waited] = world.transport().agree_min(lane.group, mine);
    lane.spans[slot(step)].push_back({.what = StepSpan::What::agreement,
                                      .first = done,
                                      .end = done,
                                      .group = lane.group,
                                      .arrived = arrived,
                                      .started = arrived + waited,
                                      .ended = world.clock().now()});
    // The last to arrive sets the pace of the next cycle; who kept its own would wait for it again.
    last_cycle = std::max(last_cycle, arrived + waited);
    for (const FusedBatch& batch : fuse(sizes, done, common, options.threshold)) {
      reduce(lane, world, step, batch);
    }
    done = common;
  }
}

// The loop sleeps until a cycle has passed since the last one began, and not at all if it is late
// with work waiting; idle cycles are skipped over on the same grid.
void GradientReducer::Shared::start_cycle(World& world, bool late, Duration& last_cycle) const {
  const Duration now = world.clock().now();
  if (options.cycle == Duration(0)) return;
  const Duration next = last_cycle + options.cycle;
  if (late) {
    last_cycle = std::max(now, next);
  } else {
    const double cycles = std::ceil((now - last_cycle) / options.cycle);
    last_cycle += options.cycle * std::max(1.0, cycles);
  }
  world.clock().sleep_until(last_cycle);
}

void GradientReducer::Shared::step_by_buckets(Lane& lane, World& world, std::int64_t step) {
  std::int64_t raised = step * static_cast<std::int64_t>(lane.buckets.size());
  for (const FusedBatch& bucket : lane.buckets) {
    lane.launched->wait_above(raised++);
    reduce(lane, world, step, bucket);
  }
}

void GradientReducer::Shared::reduce(Lane& lane, World& world, std::int64_t step,
                                     const FusedBatch& batch) {
  world.device().wait(events[slot(step)][static_cast<std::size_t>(batch.end - 1)]);
  const std::int64_t begin = offsets[static_cast<std::size_t>(batch.first)];
  const std::int64_t elements = offsets[static_cast<std::size_t>(batch.end)] - begin;
  Tensor part = gradients[slot(step)].part(begin, elements);
  if (coded && !options.exchange) {
    std::vector<StepSpan> spans = coded->sum(world, lane.group, {options.call, options.gather},
                                             batch, part, lane.group.lane_number());
    std::vector<StepSpan>& all = lane.spans[slot(step)];
    all.insert(all.end(), spans.begin(), spans.end());
    return;
  }
  EXPECTS(part.data == nullptr || options.type == part.type);
  part.type = options.type;
  const CollectiveCall call = options.call(part.bytes().value());
  const Duration arrived = world.clock().now();
  const Duration waited = options.exchange ? options.exchange(world, lane.group, call, batch, part)
                                           : world.transport().collective(lane.group, call, part);
  lane.spans[slot(step)].push_back({.what = StepSpan::What::gradients,
                                    .first = batch.first,
                                    .end = batch.end,
                                    .group = lane.group,
                                    .call = call,
                                    .elements = elements,
                                    .type = options.type,
                                    .arrived = arrived,
                                    .started = arrived + waited,
                                    .ended = world.clock().now()});
}

}  // namespace rehearse
