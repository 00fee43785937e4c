#include "calibrate/machine/overlap.h"

#include <memory>
#include <vector>

#include "base/stats.h"
#include "runtime/collectives/collectives.h"

namespace rehearse {
namespace {

constexpr std::int64_t kElements = 4 << 20;
constexpr int kAllReduces = 12;  // alone, and as many beside the work
constexpr int kFewest = 3;       // however long they take
constexpr std::size_t kInCache = 1 << 15;
constexpr int kSweeps = 400;

double piece(Clock& clock, std::vector<float>& values) {
  const Duration begin = clock.now();
  for (int i = 0; i < kSweeps; ++i) {
    for (float& value : values) value = value * 0.999F + 0.001F;
  }
  return (clock.now() - begin).value();
}

// Fewer of them where they take longer than `most`, by the first rank's clock.
double time_of_all_reduces(World& world, std::vector<float>& buffer, Duration most) {
  const auto group = world.transport().world();
  const auto ring = make_all_reduce(Algorithm::ring, group->size(), kElements);
  std::vector<double> times;
  const Duration end = world.clock().now() + most;
  for (int i = 0; i < kAllReduces; ++i) {
    const bool over = i >= kFewest && world.transport().rank() == 0 && world.clock().now() > end;
    if (world.transport().agree_min(*group, over ? 0 : 1).least == 0) break;
    const Duration begin = world.clock().now();
    world.transport().execute(*group, *ring, {buffer.data(), kElements});
    times.push_back((world.clock().now() - begin).value());
  }
  return quantile(times, 0.5);
}

// What the two tasks tell each other; outlives both.
struct Shared {
  std::shared_ptr<Signal> go, done;
  std::vector<float> buffer = std::vector<float>(kElements);
  double alone = 0;
  double beside = 0;
};

OverlapMeasurement measure(World& world, Duration budget) {
  const Duration half = 0.5 * budget;
  const auto shared = std::make_shared<Shared>();
  shared->go = world.make_signal(true);
  shared->done = world.make_signal(false);
  std::vector<float> values(kInCache, 1.0F);
  world.spawn([shared, half](World& background) {
    shared->alone = time_of_all_reduces(background, shared->buffer, half);
    shared->done->raise();
    shared->go->wait_above(0);
    shared->beside = time_of_all_reduces(background, shared->buffer, half);
    shared->done->raise();
  });
  shared->done->wait_above(0);
  std::vector<double> quiet;
  for (int i = 0; i < kAllReduces; ++i) quiet.push_back(piece(world.clock(), values));
  shared->go->raise();
  std::vector<double> busy;
  while (shared->done->count() < 2) busy.push_back(piece(world.clock(), values));
  OverlapMeasurement result;
  result.compute_slowdown = mean(busy) / mean(quiet);  // the scheduler deals out milliseconds
  result.communication_slowdown = shared->beside / shared->alone;
  return result;
}

}  // namespace

OverlapMeasurement measure_overlap(MpiSession& session, Duration budget) {
  OverlapMeasurement result;
  if (session.size() == 1) return result;
  run_over_mpi(session, {}, [&](World& world) { result = measure(world, budget); });
  return result;
}

}  // namespace rehearse
