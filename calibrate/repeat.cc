#include "calibrate/repeat.h"

#include <cmath>

#include "base/stats.h"

namespace rehearse {

Repeater::Repeater(World& world, const CollectiveOptions& options, int operations)
    : world_(world), options_(options), operations_(operations), begin_(world.clock().now()) {}

MeasuredTime Repeater::measure(Bytes size, const std::function<Duration()>& operation) {
  const Duration deadline =
      begin_ + options_.budget * (static_cast<double>(++begun_) / operations_);
  operation();  // touches memory, makes connections
  std::vector<double> seconds;
  while (agree_to_go_on(static_cast<int>(seconds.size()), deadline)) {
    seconds.push_back(greatest(operation()).value());
  }
  return summarise(size, seconds);
}

// The first rank's clock decides for all.
bool Repeater::agree_to_go_on(int done, Duration deadline) {
  const bool enough = done >= options_.most_repetitions ||
                      (done >= options_.fewest_repetitions && world_.clock().now() > deadline);
  Transport& transport = world_.transport();
  const std::int64_t vote = transport.rank() == 0 && enough ? 0 : 1;
  return transport.agree_min(*transport.world(), vote).least != 0;
}

Duration Repeater::greatest(Duration mine) {
  Transport& transport = world_.transport();
  const auto nanoseconds = std::llround(mine.value() * 1e9);
  const auto least = transport.agree_min(*transport.world(), -nanoseconds).least;
  return Duration(static_cast<double>(-least) * 1e-9);
}

MeasuredTime summarise(Bytes size, const std::vector<double>& seconds) {
  const double median = quantile(seconds, 0.5);
  std::vector<double> distances;
  for (const double s : seconds) distances.push_back(std::abs(s - median));
  return {size, Duration(median), Duration(quantile(distances, 0.5)),
          static_cast<int>(seconds.size())};
}

}  // namespace rehearse
