#include "calibrate/repeat.h"

#include <algorithm>
#include <cmath>

#include "base/stats.h"

namespace rehearse {

namespace {

// A message of no bytes takes about as long as what else a repetition needs.
double share(Bytes size) { return 1 + size / Bytes(1 << 20); }

}  // namespace

Repeater::Repeater(World& world, const CollectiveOptions& options, const std::vector<Bytes>& sizes)
    : world_(world), options_(options), begin_(world.clock().now()) {
  for (const Bytes size : sizes) total_ += share(size);
}

RepeatedTime Repeater::measure(Bytes size, const std::function<Duration()>& operation) {
  due_ += share(size);
  const auto by_then = [&](double shares) { return options_.budget * (shares / total_); };
  // What was left over before may be used; what was overrun is not taken from this one.
  const Duration deadline =
      std::max(begin_ + by_then(due_), world_.clock().now() + by_then(share(size)));
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

MessageFit fit_times(const std::vector<RepeatedTime>& times) {
  std::vector<MessagePoint> points;
  for (const RepeatedTime& t : times) points.push_back({t.size, t.median});
  return points.size() < 2 ? MessageFit{} : fit_messages(points);
}

RepeatedTime summarise(Bytes size, const std::vector<double>& seconds) {
  const double median = quantile(seconds, 0.5);
  std::vector<double> distances;
  for (const double s : seconds) distances.push_back(std::abs(s - median));
  return {size, Duration(median), Duration(quantile(distances, 0.5)),
          static_cast<int>(seconds.size())};
}

}  // namespace rehearse
