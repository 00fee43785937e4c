#include "runtime/data/sample_order.h"

#include <algorithm>
#include <numeric>

#include "base/contract.h"
#include "base/error.h"
#include "base/random.h"
#include "runtime/data/input_pipeline.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kEpochStream = 0x65706f6368;  // "epoch"

// Fisher-Yates.
void shuffle(std::vector<std::int64_t>& order, RandomStream random) {
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random.below(left)]);
  }
}

std::vector<std::int64_t> counted(std::int64_t size) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::vector<std::int64_t> sorted_by_label(const Dataset& data) {
  if (data.labels() != 1) {
    throw Error::input("the samples have no classes by which they could be dealt out",
                       "each step of a text has a label of its own", "leave data.split out");
  }
  std::vector<std::int32_t> labels(static_cast<std::size_t>(data.size()));
  std::vector<float> image(static_cast<std::size_t>(data.shape().elements()));
  for (std::int64_t i = 0; i < data.size(); ++i) {
    labels[static_cast<std::size_t>(i)] = data.read_one(i, image);
  }
  std::vector<std::int64_t> order = counted(data.size());
  std::ranges::stable_sort(order, {},
                           [&](std::int64_t i) { return labels[static_cast<std::size_t>(i)]; });
  return order;
}

}  // namespace

SampleOrder::SampleOrder(std::shared_ptr<const Dataset> data, const SampleOrderOptions& options)
    : data_(std::move(data)),
      options_(options),
      steps_per_epoch_(
          InputPipeline::steps_per_epoch(data_->size(), options.batch * options.workers)) {
  if (options.split == DataSplit::iid) return;
  EXPECTS(data_->size() >= options.workers);
  by_class_ = sorted_by_label(*data_);
}

std::shared_ptr<const SampleOrder::Permutation> SampleOrder::of_epoch(std::int64_t epoch) {
  const std::lock_guard lock(mutex_);
  if (epoch_ != epoch) {
    Permutation order = counted(data_->size());
    shuffle(order, RandomStream(options_.seed, {kEpochStream, static_cast<std::uint64_t>(epoch)}));
    order_ = std::make_shared<const Permutation>(std::move(order));
    epoch_ = epoch;
  }
  return order_;
}

void SampleOrder::batch(int worker, std::int64_t step, std::span<std::int64_t> samples) {
  EXPECTS(static_cast<std::int64_t>(samples.size()) == options_.batch && step >= 0);
  EXPECTS(worker >= 0 && worker < options_.workers);
  if (options_.split == DataSplit::by_class) return batch_of_share(worker, step, samples);
  const std::shared_ptr<const Permutation> order = of_epoch(step / steps_per_epoch_);
  std::int64_t place = (step % steps_per_epoch_ * options_.workers + worker) * options_.batch;
  for (std::int64_t& sample : samples) {
    sample = (*order)[static_cast<std::size_t>(place++ % data_->size())];
  }
}

void SampleOrder::batch_of_share(int worker, std::int64_t step,
                                 std::span<std::int64_t> samples) const {
  const std::int64_t begin = data_->size() * worker / options_.workers;
  const std::int64_t end = data_->size() * (worker + 1) / options_.workers;
  const std::int64_t first = step * options_.batch;
  std::int64_t round = -1;
  Permutation share;
  for (std::int64_t i = 0; i < options_.batch; ++i) {
    const std::int64_t place = first + i;
    if (const std::int64_t now = place / (end - begin); now != round) {
      round = now;
      share.assign(by_class_.begin() + begin, by_class_.begin() + end);
      shuffle(share, RandomStream(options_.seed, {kEpochStream, static_cast<std::uint64_t>(round),
                                                  static_cast<std::uint64_t>(worker)}));
    }
    samples[static_cast<std::size_t>(i)] = share[static_cast<std::size_t>(place % (end - begin))];
  }
}

}  // namespace rehearse
