#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/stats.h"
#include "calibrate/machine/collectives.h"
#include "calibrate/machine/pair_schedules.h"
#include "calibrate/machine/repeat.h"
#include "runtime/collectives/all_reduce.h"

namespace rehearse {
namespace {

using enum Algorithm;

constexpr std::size_t kFewestSizes = 2;  // of messages, that a line can be laid through

std::vector<std::int64_t> sizes_up_to(Bytes largest, std::int64_t factor) {
  std::vector<std::int64_t> elements;
  for (std::int64_t n = 1; 4.0 * static_cast<double>(n) <= largest.value(); n *= factor) {
    elements.push_back(n);
  }
  return elements;
}

Bytes bytes_of(std::int64_t elements) { return Bytes(4.0 * static_cast<double>(elements)); }

// Enough that the call's own cost is lost among them, few enough for large messages.
int turns_for(std::int64_t elements) {
  return static_cast<int>(std::clamp<std::int64_t>((1 << 18) / elements, 1, 20));
}

// The first rank on the same node as rank 0, or on another; -1 if there is none.
int partner(const std::vector<int>& node_of, bool near) {
  for (std::size_t i = 1; i < node_of.size(); ++i) {
    if ((node_of[i] == node_of[0]) == near) return static_cast<int>(i);
  }
  return -1;
}

class TaskMeasurer {
 public:
  TaskMeasurer(World& world, const std::vector<int>& node_of, const CollectiveOptions& options,
               const std::vector<FittedPiece>& addition)
      : world_(world),
        transport_(world.transport()),
        node_of_(node_of),
        message_sizes_(sizes_up_to(std::max(options.largest, options.largest_message), 2)),
        reduce_sizes_(sizes_up_to(options.largest, 4)),
        data_(static_cast<std::size_t>(2 * message_sizes_.back())),
        repeater_(world, options, all_sizes()) {
    costs_.node_of = node_of;
    costs_.addition = addition;
  }

  TaskMeasurements run() {
    TaskMeasurements result;
    costs_.call = result.call = call();
    result.inside_node = level(true);
    result.between_nodes = level(false);
    const auto times = [](const std::optional<LevelMeasurements>& m) {
      return m ? std::optional(MessageTimes{m->ping_pong_fit.pieces, m->exchange_fit.pieces})
               : std::nullopt;
    };
    costs_.inside = times(result.inside_node);
    costs_.between = times(result.between_nodes);
    result.all_reduces = all_reduces();
    return result;
  }

 private:
  [[nodiscard]] std::vector<Algorithm> algorithms() const {
    if (node_of_.size() == 1) return {};
    std::vector<Algorithm> all{ring, recursive_doubling, rabenseifner, binomial, native};
    if (equal_ranks_per_node(node_of_) > 1) all.insert(all.end() - 1, hierarchical);
    return all;
  }
  // As often as they will be measured.
  [[nodiscard]] std::vector<Bytes> all_sizes() const {
    std::vector<Bytes> all{Bytes(0)};  // the call
    const int levels =
        (partner(node_of_, true) > 0 ? 1 : 0) + (partner(node_of_, false) > 0 ? 1 : 0);
    for (int i = 0; i < 2 * levels; ++i) {
      for (const std::int64_t n : message_sizes_) all.push_back(bytes_of(n));
    }
    for (std::size_t i = 0; i < algorithms().size(); ++i) {
      for (const std::int64_t n : reduce_sizes_) all.push_back(bytes_of(n));
    }
    return all;
  }

  // The time since the last member's arrival.
  template <class Call>
  Duration timed(const Call& call) {
    const Duration begin = world_.clock().now();
    const Duration waited = call();
    return world_.clock().now() - begin - waited;
  }

  Duration call() {
    const auto everyone = transport_.world();
    const Silence nothing(everyone->size());
    return repeater_
        .measure(Bytes(0), true,
                 [&] { return timed([&] { return transport_.execute(*everyone, nothing, {}); }); })
        ->median;
  }

  std::optional<LevelMeasurements> level(bool near) {
    const int peer = partner(node_of_, near);
    if (peer < 0) return std::nullopt;
    const Group pair(near ? 1 : 2, {0, peer});
    const bool member = transport_.rank() == 0 || transport_.rank() == peer;
    LevelMeasurements result;
    for (const std::int64_t n : message_sizes_) {
      const int turns = turns_for(n);
      const auto measure = [&](std::vector<RepeatedTime>& times, const Schedule& schedule,
                               int messages) {
        const bool needed = times.size() < kFewestSizes;
        const auto time = repeater_.measure(bytes_of(n), needed, [&] {
          if (!member) return Duration(0);
          const Tensor buffer{data_.data(), schedule.elements()};
          return timed([&] { return transport_.execute(pair, schedule, buffer); }) / messages;
        });
        if (time) times.push_back(*time);
        return time.has_value();
      };
      if (!measure(result.ping_pong, PingPong(n, turns), 2 * turns)) break;
      if (!measure(result.exchange, PairExchange(2 * n, turns), turns)) break;
    }
    result.ping_pong_fit = fit_times(result.ping_pong);
    result.exchange_fit = fit_times(result.exchange);
    return result;
  }

  // By size first: a short reduction would suffer from what a long one leaves behind.
  std::vector<AllReduceMeasurements> all_reduces() {
    std::vector<AllReduceMeasurements> results;
    for (const Algorithm algorithm : algorithms()) results.push_back({algorithm, {}, {}});
    const auto measure_all = [&] {
      for (const std::int64_t n : reduce_sizes_) {
        for (AllReduceMeasurements& result : results) {
          if (!measure(result, n)) return;
        }
      }
    };
    measure_all();
    std::erase_if(results,
                  [](const AllReduceMeasurements& result) { return result.times.empty(); });
    for (AllReduceMeasurements& result : results) compare(result);
    return results;
  }

  // Whether there was time for it.
  bool measure(AllReduceMeasurements& result, std::int64_t elements) {
    const int local = equal_ranks_per_node(node_of_);
    const auto everyone = transport_.world();
    const Tensor buffer{data_.data(), elements};
    const auto time = repeater_.measure(bytes_of(elements), false, [&] {
      return timed(
          [&] { return all_reduce(transport_, *everyone, buffer, result.algorithm, local); });
    });
    if (!time) return false;
    result.times.push_back(*time);
    const bool fitted = message_sizes_.size() > 1;
    if (result.algorithm == native || !fitted) return true;
    const auto schedule = make_all_reduce(result.algorithm, transport_.size(), elements, local);
    result.estimates.push_back(estimate(*schedule, costs_));
    return true;
  }

  static void compare(AllReduceMeasurements& result) {
    std::vector<double> errors;
    for (std::size_t i = 0; i < result.estimates.size(); ++i) {
      errors.push_back(std::abs(result.estimates[i] / result.times[i].median - 1));
    }
    if (errors.empty()) return;
    result.median_error = quantile(errors, 0.5);
    result.worst_error = quantile(errors, 1);
  }

  World& world_;
  Transport& transport_;
  const std::vector<int>& node_of_;
  std::vector<std::int64_t> message_sizes_, reduce_sizes_;  // in elements
  std::vector<float> data_;                                 // zeros: their sums stay zeros
  Repeater repeater_;
  ScheduleCosts costs_;
};

}  // namespace

int equal_ranks_per_node(const std::vector<int>& node_of) {
  const auto local = static_cast<std::size_t>(std::count(node_of.begin(), node_of.end(), 0));
  for (std::size_t i = 0; i < node_of.size(); ++i) {
    if (node_of[i] != static_cast<int>(i / local)) return 1;
  }
  return node_of.size() % local == 0 ? static_cast<int>(local) : 1;
}

TaskMeasurements measure_in_task(World& world, const std::vector<int>& node_of,
                                 const CollectiveOptions& options,
                                 const std::vector<FittedPiece>& addition) {
  EXPECTS(options.largest >= Bytes(4));
  EXPECTS(1 <= options.fewest_repetitions &&
          options.fewest_repetitions <= options.most_repetitions);
  EXPECTS(static_cast<int>(node_of.size()) == world.transport().size());
  return TaskMeasurer(world, node_of, options, addition).run();
}

}  // namespace rehearse
