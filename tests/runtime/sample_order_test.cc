// Who sees which samples when.
#include "runtime/data/sample_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace rehearse {
namespace {

using Samples = std::vector<std::int64_t>;

std::shared_ptr<const Dataset> data_of(std::int64_t size) {
  return make_synthetic(
      {.shape = {.channels = 2, .height = 1, .width = 1}, .classes = 4, .size = size, .seed = 3});
}

Samples batch_of(SampleOrder& order, int worker, std::int64_t step, std::int64_t batch) {
  Samples samples(static_cast<std::size_t>(batch));
  order.batch(worker, step, samples);
  return samples;
}

TEST(SampleOrder, TwoWorkersSeeWhatOneOfBothBatchesSees) {
  const auto data = data_of(20);
  SampleOrder two(data, {.batch = 3, .workers = 2, .seed = 7});
  SampleOrder one(data, {.batch = 6, .workers = 1, .seed = 7});
  for (const std::int64_t step : {0, 1, 3, 4, 9, 2}) {
    Samples both = batch_of(two, 0, step, 3);
    const Samples second = batch_of(two, 1, step, 3);
    both.insert(both.end(), second.begin(), second.end());
    EXPECT_EQ(both, batch_of(one, 0, step, 6)) << step;
  }
}

// 20 samples in batches of 6: the fourth is filled up with the first 4 of the epoch.
TEST(SampleOrder, AnEpochHasAllSamples) {
  SampleOrder order(data_of(20), {.batch = 6, .workers = 1, .seed = 7});
  Samples all;
  for (std::int64_t step = 0; step < 4; ++step) {
    const Samples batch = batch_of(order, 0, step, 6);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  EXPECT_EQ(std::set<std::int64_t>(all.begin(), all.begin() + 20).size(), 20U);
  EXPECT_EQ(Samples(all.begin() + 20, all.end()), Samples(all.begin(), all.begin() + 4));
  EXPECT_NE(batch_of(order, 0, 4, 6), batch_of(order, 0, 0, 6));  // a new permutation
}

// Sorted by class, each of four workers has 10 consecutive samples of 40.
TEST(SampleOrder, ByClassWorkersKnowFewClasses) {
  const auto data = data_of(40);
  SampleOrder order(data, {.batch = 5, .workers = 4, .seed = 7, .split = DataSplit::by_class});
  std::vector<float> pixels(2);
  std::set<std::int64_t> everything;
  std::int32_t last = 0;
  for (int worker = 0; worker < 4; ++worker) {
    std::set<std::int64_t> seen;
    for (std::int64_t step = 0; step < 6; ++step) {
      for (const std::int64_t sample : batch_of(order, worker, step, 5)) seen.insert(sample);
    }
    EXPECT_EQ(seen.size(), 10U) << worker;
    std::int32_t least = 99;
    std::int32_t most = 0;
    for (const std::int64_t sample : seen) {
      const std::int32_t label = data->read_one(sample, pixels);
      least = std::min(least, label);
      most = std::max(most, label);
    }
    EXPECT_GE(least, last) << worker;  // classes go up with the workers
    last = most;
    everything.insert(seen.begin(), seen.end());
  }
  EXPECT_EQ(everything.size(), 40U);
}

}  // namespace
}  // namespace rehearse
