#include "calibrate/gpu/gpu_collectives.h"

#include <array>

#include "base/contract.h"
#include "base/quantity_text.h"
#include "calibrate/machine/repeat.h"
#include "runtime/worlds/nccl/nccl_world.h"

namespace rehearse {
namespace {

constexpr Bytes kSmallest(1024);
constexpr double kGrowth = 4;
constexpr std::array kMeasured{Operation::all_reduce, Operation::all_gather,
                               Operation::reduce_scatter, Operation::broadcast,
                               Operation::all_to_all};

std::vector<std::int64_t> elements_up_to(Bytes largest, int ranks) {
  std::vector<std::int64_t> all;
  for (Bytes size = kSmallest; size <= largest; size = kGrowth * size) {
    const auto elements = static_cast<std::int64_t>(size / Bytes(4));
    all.push_back((elements + ranks - 1) / ranks * ranks);  // parts are equal
  }
  return all;
}

Bytes bytes_of(std::int64_t elements) { return Bytes(4.0 * static_cast<double>(elements)); }

const char* program_of(Operation operation) {
  switch (operation) {
    case Operation::all_reduce:
      return "all_reduce_perf";
    case Operation::all_gather:
      return "all_gather_perf";
    case Operation::reduce_scatter:
      return "reduce_scatter_perf";
    case Operation::broadcast:
      return "broadcast_perf";
    case Operation::all_to_all:
      return "alltoall_perf";
    case Operation::reduce:
    case Operation::send_recv:
      break;
  }
  EXPECTS(!"an operation that is measured");
  return "";
}

std::string row_of(Operation operation, const RepeatedTime& time, int ranks) {
  const bool sums = operation == Operation::all_reduce || operation == Operation::reduce_scatter;
  const double rate = time.size.value() / time.median.value() * 1e-9;
  std::string row = "  " + std::to_string(static_cast<std::int64_t>(time.size.value())) + "  " +
                    std::to_string(static_cast<std::int64_t>(time.size / Bytes(4))) + "  float  " +
                    (sums ? "sum" : "none") + "  " +
                    (operation == Operation::broadcast ? "0" : "-1");
  for (const double value :
       {time.median.value() * 1e6, rate, rate * bus_factor(operation, ranks)}) {
    row += "  " + significant(value, 5);
  }
  return row + "  N/A\n";
}

}  // namespace

std::vector<GpuCollective> measure_gpu_collectives(World& world, const Backend& backend,
                                                   const CollectiveOptions& options) {
  EXPECTS(options.largest >= kSmallest);
  Transport& transport = world.transport();
  const auto everyone = transport.world();
  const std::vector<std::int64_t> sizes = elements_up_to(options.largest, transport.size());
  std::vector<Bytes> all;
  for (std::size_t i = 0; i < kMeasured.size(); ++i) {
    for (const std::int64_t elements : sizes) all.push_back(bytes_of(elements));
  }
  const auto memory = backend.allocate(sizes.back(), ElementType::float32);
  Repeater repeater(world, options, all);
  std::vector<GpuCollective> results;
  for (const Operation operation : kMeasured) {
    GpuCollective& result = results.emplace_back(GpuCollective{operation, {}});
    for (const std::int64_t elements : sizes) {
      const auto time = repeater.measure(bytes_of(elements), result.times.empty(), [&] {
        (void)transport.agree_min(*everyone, 0);
        const Duration begin = world.clock().now();
        (void)transport.collective(*everyone, nccl_call(operation),
                                   memory->tensor().part(0, elements));
        return world.clock().now() - begin;
      });
      if (!time) break;
      result.times.push_back(*time);
    }
  }
  return results;
}

std::string nccl_log(const NcclLog& log) {
  std::string text;
  const auto ranks = static_cast<int>(log.hosts.size());
  for (const GpuCollective& collective : log.collectives) {
    text += "# Collective test starting: " + std::string(program_of(collective.operation)) + "\n";
    text += "# Timed by rehearse calibrate collectives --device cuda\n# NCCL version " +
            log.version + "\n# Using devices\n";
    for (int rank = 0; rank < ranks; ++rank) {
      const std::string number = std::to_string(rank);
      text += "#  Rank " + number + " Group 0 Pid " + number + " on " +
              log.hosts[static_cast<std::size_t>(rank)] + " device " + number + " [0x00] " +
              log.device + "\n";
    }
    text += "#  size  count  type  redop  root  time  algbw  busbw  #wrong\n";
    text += "#  (B)  (elements)      (us)  (GB/s)  (GB/s)\n";
    for (const RepeatedTime& time : collective.times) {
      text += row_of(collective.operation, time, ranks);
    }
  }
  return text;
}

}  // namespace rehearse
