#include "runtime/gradient_reducer.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "runtime/all_reduce.h"

namespace rehearse {

// What the main task and the background task have in common. `events` and `reductions` are handed
// over through the signals: the producer writes before it raises, the consumer reads what it was
// told of.
struct GradientReducer::Shared {
  std::shared_ptr<const Group> group;
  std::vector<std::int64_t>
      offsets;  // of each gradient in the buffer, and the total behind the last
  std::vector<Bytes> sizes;
  Buffer buffer;
  ReducerOptions options;
  std::unique_ptr<Signal> launched;  // main -> background: gradients launched, over all steps
  std::unique_ptr<Signal> finished;  // background -> main: steps reduced
  std::vector<Event> events;
  std::vector<Reduction> reductions;
  std::int64_t steps = 0;  // that finish() has seen
  bool closed = false;
  World* main = nullptr;

  [[nodiscard]] auto count() const { return static_cast<std::int64_t>(sizes.size()); }

  void serve(World& world);
  void step_by_cycles(World& world, std::int64_t step, Duration& last_cycle);
  void start_cycle(World& world, bool late, Duration& last_cycle) const;
  void step_by_buckets(World& world, std::int64_t step, const std::vector<FusedBatch>& batches);
  void reduce(World& world, const FusedBatch& batch);
};

GradientReducer::GradientReducer(World& world, std::shared_ptr<const Group> group,
                                 std::vector<std::int64_t> elements, Buffer gradients,
                                 ReducerOptions options)
    : shared_(std::make_shared<Shared>()) {
  Shared& s = *shared_;
  s.group = std::move(group);
  s.offsets.push_back(0);
  for (const std::int64_t n : elements) {
    s.offsets.push_back(s.offsets.back() + n);
    s.sizes.emplace_back(static_cast<double>(n) * options.bytes_per_element);
  }
  s.buffer = gradients;
  s.events.resize(elements.size());
  s.options = std::move(options);
  s.launched = world.make_signal(true);
  s.finished = world.make_signal(false);
  s.main = &world;
  world.spawn([shared = shared_](World& background) { shared->serve(background); });
}

GradientReducer::~GradientReducer() = default;

void GradientReducer::ready(Event event) {
  Shared& s = *shared_;
  const std::int64_t index = held_back_ % s.count();
  s.events[static_cast<std::size_t>(index)] = event;
  last_ = event;
  ++held_back_;
  if (s.options.overlap) s.launched->raise();
}

void GradientReducer::release() {
  Shared& s = *shared_;
  EXPECTS(held_back_ == s.count());
  if (!s.options.overlap) {
    s.main->device().wait(last_);
    for (std::int64_t i = 0; i < s.count(); ++i) s.launched->raise();
  }
  held_back_ = 0;
}

std::vector<Reduction> GradientReducer::finish() {
  Shared& s = *shared_;
  s.finished->wait_above(s.steps++);
  std::vector<Reduction> reductions;
  reductions.swap(s.reductions);
  return reductions;
}

void GradientReducer::close() {
  shared_->closed = true;
  shared_->launched->raise();
}

void GradientReducer::Shared::serve(World& world) {
  const std::vector<FusedBatch> fixed = buckets(sizes, options.first_bucket, options.bucket);
  Duration last_cycle;
  for (std::int64_t step = 0;; ++step) {
    if (launched->wait_above(step * count()) > step * count() && closed) return;
    if (options.batching == ReducerOptions::Batching::horovod) {
      step_by_cycles(world, step, last_cycle);
    } else {
      step_by_buckets(world, step, fixed);
    }
    finished->raise();
  }
}

void GradientReducer::Shared::step_by_cycles(World& world, std::int64_t step,
                                             Duration& last_cycle) {
  const std::int64_t base = step * count();
  for (std::int64_t done = 0; done < count();) {
    const bool late = launched->count() > base + done;
    launched->wait_above(base + done);
    start_cycle(world, late, last_cycle);
    const std::int64_t mine = std::min(launched->count() - base, count());
    const Duration arrived = world.clock().now();
    const auto [common, waited] = world.transport().agree_min(*group, mine);
    reductions.push_back({{done, done}, 0, arrived, arrived + waited, world.clock().now()});
    // The last to arrive sets the pace of the next cycle; who kept its own would wait for it again.
    last_cycle = std::max(last_cycle, arrived + waited);
    for (const FusedBatch& batch : fuse(sizes, done, common, options.threshold)) {
      reduce(world, batch);
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

void GradientReducer::Shared::step_by_buckets(World& world, std::int64_t step,
                                              const std::vector<FusedBatch>& batches) {
  for (const FusedBatch& batch : batches) {
    launched->wait_above(step * count() + batch.end - 1);
    reduce(world, batch);
  }
}

void GradientReducer::Shared::reduce(World& world, const FusedBatch& batch) {
  world.device().wait(events[static_cast<std::size_t>(batch.end - 1)]);
  const std::int64_t begin = offsets[static_cast<std::size_t>(batch.first)];
  const std::int64_t elements = offsets[static_cast<std::size_t>(batch.end)] - begin;
  const double bytes = static_cast<double>(elements) * options.bytes_per_element;
  const Buffer part{buffer.data == nullptr ? nullptr : buffer.data + begin, elements,
                    options.bytes_per_element};
  const Duration arrived = world.clock().now();
  const Duration waited =
      all_reduce(world.transport(), *group, part, options.algorithm(bytes), options.ranks_per_node);
  reductions.push_back({batch, elements, arrived, arrived + waited, world.clock().now()});
}

}  // namespace rehearse
