#include "calibrate/machine/collectives.h"

#include <algorithm>

#include "calibrate/machine/repeat.h"
#include "kernels/add_arrived.h"

namespace rehearse {
namespace {

constexpr double kAdditions = 0.05;      // of the budget
constexpr std::size_t kFewestSizes = 2;  // that a line can be laid through

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

// All ranks add at once, as they do in a reduction. What arrives in segments lies in a small
// buffer, where it has just been written; the sums lie behind one another.
std::vector<RepeatedTime> measure_additions(World& world, CollectiveOptions options) {
  constexpr std::int64_t kSegment = std::int64_t{1} << 18;  // elements; as the transport cuts them
  std::vector<Bytes> sizes;
  for (Bytes size(4); size <= options.largest; size *= 2) sizes.push_back(size);
  std::vector<float> arrived(kSegment);
  std::vector<float> sums(static_cast<std::size_t>(sizes.back() / Bytes(4)));
  options.budget *= kAdditions;
  Repeater repeater(world, options, sizes);
  std::vector<RepeatedTime> times;
  for (const Bytes size : sizes) {
    const auto elements = static_cast<std::int64_t>(size / Bytes(4));
    const std::int64_t turns = std::max<std::int64_t>(1, (1 << 16) / elements);
    const auto time = repeater.measure(size, times.size() < kFewestSizes, [&] {
      const Duration begin = world.clock().now();
      for (std::int64_t done = 0; done < turns * elements;) {
        const std::int64_t at = done % elements;
        const std::int64_t part = std::min(kSegment, elements - at);
        add_arrived(arrived.data(), part, sums.data() + at);
        done += part;
      }
      return (world.clock().now() - begin) / static_cast<double>(turns);
    });
    if (!time) break;
    times.push_back(*time);
  }
  return times;
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
  half.budget *= 0.5 * (1 - kAdditions);
  run_over_mpi(session, {}, [&](World& world) {
    result.additions = measure_additions(world, options);
    result.addition_fit = fit_times(result.additions);
    result.main = measure_in_task(world, node_of, half, result.addition_fit.pieces);
    const auto done = world.make_signal(false);
    world.spawn([&, done = done.get()](World& background) {
      result.background = measure_in_task(background, node_of, half, result.addition_fit.pieces);
      done->raise();
    });
    done->wait_above(0);
  });
  return result;
}

}  // namespace rehearse
