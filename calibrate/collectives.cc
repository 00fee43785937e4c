#include "calibrate/collectives.h"

#include <algorithm>

#include "calibrate/repeat.h"
#include "runtime/add.h"

namespace rehearse {
namespace {

// The node of every rank, on every rank.
std::vector<int> nodes_of_ranks(MpiSession& session) {
  std::string list;
  for (const std::string& node : session.gather(std::to_string(session.node()))) {
    list += node + ' ';
  }
  std::vector<int> nodes;
  list = session.broadcast(list);
  for (std::size_t at = 0; at < list.size(); at = list.find(' ', at) + 1) {
    nodes.push_back(std::stoi(list.substr(at)));
  }
  return nodes;
}

// Arrived segments lie in a small buffer (they have just been written there); sums are spread over
// a large one. All ranks add at once, as they do in a reduction.
Bandwidth measure_addition(World& world, CollectiveOptions options) {
  constexpr std::int64_t kSegment = std::int64_t{1} << 18;  // elements; as the transport cuts them
  constexpr std::int64_t kSegments = 32;
  std::vector<float> arrived(kSegment);
  std::vector<float> sums(kSegment * kSegments);
  options.budget *= 0.02;
  const MeasuredTime time =
      Repeater(world, options, 1).measure(Bytes(4.0 * kSegment * kSegments), [&] {
        const Duration begin = world.clock().now();
        for (std::int64_t i = 0; i < kSegments; ++i) {
          add_arrived(arrived.data(), kSegment, sums.data() + i * kSegment);
        }
        return world.clock().now() - begin;
      });
  return time.size / time.median;
}

}  // namespace

CollectiveMeasurements measure_collectives(MpiSession& session, const CollectiveOptions& options) {
  const std::vector<int> node_of = nodes_of_ranks(session);
  CollectiveMeasurements result;
  result.ranks = session.size();
  result.nodes = *std::max_element(node_of.begin(), node_of.end()) + 1;
  result.ranks_per_node = equal_ranks_per_node(node_of);
  result.library = MpiSession::library();
  CollectiveOptions half = options;
  half.budget *= 0.5;
  run_over_mpi(session, {}, [&](World& world) {
    result.addition = measure_addition(world, options);
    result.main = measure_in_task(world, node_of, half, result.addition);
    const auto done = world.make_signal(false);
    world.spawn([&, done = done.get()](World& background) {
      result.background = measure_in_task(background, node_of, half, result.addition);
      done->raise();
    });
    done->wait_above(0);
  });
  return result;
}

}  // namespace rehearse
