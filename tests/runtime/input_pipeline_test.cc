#include "runtime/data/input_pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

// Sample i is an image of one pixel of value i with label i.
class Numbers final : public Dataset {
 public:
  explicit Numbers(std::int64_t size, std::int64_t poison = -1) : size_(size), poison_(poison) {}

  [[nodiscard]] std::int64_t size() const override { return size_; }
  [[nodiscard]] Shape shape() const override { return {}; }
  [[nodiscard]] std::int64_t classes() const override { return size_; }
  void read(std::int64_t index, std::span<float> image,
            std::span<std::int32_t> labels) const override {
    if (index == poison_) throw std::runtime_error("poison");
    image[0] = static_cast<float>(index);
    ++reads;
    labels.front() = static_cast<std::int32_t>(index);
  }

  mutable std::atomic<std::int64_t> reads = 0;

 private:
  std::int64_t size_, poison_;
};

using Labels = std::vector<std::int32_t>;

// The batches of every step, one behind the other.
Labels deliver(std::int64_t samples, const InputOptions& options) {
  InputPipeline pipeline(std::make_shared<Numbers>(samples), options);
  Labels all;
  for (std::int64_t step = options.first_step; step < options.last_step; ++step) {
    const Batch& batch = pipeline.next();
    EXPECT_EQ(batch.labels.size(), static_cast<std::size_t>(options.batch));
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
      EXPECT_EQ(batch.images[i], static_cast<float>(batch.labels[i]));
    }
    all.insert(all.end(), batch.labels.begin(), batch.labels.end());
  }
  return all;
}

TEST(InputPipeline, TwoWorkersSeeWhatOneSees) {
  constexpr std::int64_t kSteps = 40;  // of 15 per epoch
  const Labels one = deliver(1000, {.batch = 64, .last_step = kSteps});
  const Labels first = deliver(1000, {.batch = 32, .rank = 0, .workers = 2, .last_step = kSteps});
  const Labels second = deliver(1000, {.batch = 32, .rank = 1, .workers = 2, .last_step = kSteps});
  Labels joined;
  for (std::ptrdiff_t step = 0; step < kSteps; ++step) {
    joined.insert(joined.end(), first.begin() + 32 * step, first.begin() + 32 * (step + 1));
    joined.insert(joined.end(), second.begin() + 32 * step, second.begin() + 32 * (step + 1));
  }
  EXPECT_EQ(joined, one);
}

TEST(InputPipeline, EveryEpochIsAPermutationOfItsOwn) {
  const Labels all = deliver(60, {.batch = 20, .last_step = 6});
  Labels first(all.begin(), all.begin() + 60);
  Labels second(all.begin() + 60, all.end());
  EXPECT_NE(first, second);
  Labels sorted(60);
  for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i] = static_cast<std::int32_t>(i);
  EXPECT_NE(first, sorted);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  EXPECT_EQ(first, sorted);
  EXPECT_EQ(second, sorted);
  EXPECT_NE(deliver(60, {.batch = 20, .last_step = 3, .seed = 2}),
            deliver(60, {.batch = 20, .last_step = 3, .seed = 1}));
}

TEST(InputPipeline, FillsTheLastBatchOfAnEpochWithItsFirstSamples) {
  EXPECT_EQ(InputPipeline::steps_per_epoch(50000, 128), 391);  // 390 hold 49,920
  EXPECT_EQ(InputPipeline::steps_per_epoch(512, 128), 4);
  EXPECT_EQ(InputPipeline::steps_per_epoch(7, 8), 1);
  Labels epoch = deliver(10, {.batch = 4, .last_step = 3});
  EXPECT_EQ(epoch[10], epoch[0]);
  EXPECT_EQ(epoch[11], epoch[1]);
  epoch.resize(10);
  std::sort(epoch.begin(), epoch.end());
  EXPECT_TRUE(std::adjacent_find(epoch.begin(), epoch.end()) == epoch.end());
}

TEST(InputPipeline, RepeatsADataSetSmallerThanABatch) {
  const Labels all = deliver(3, {.batch = 4, .rank = 1, .workers = 2, .last_step = 1});
  const Labels whole = deliver(3, {.batch = 8, .last_step = 1});
  EXPECT_EQ(Labels(whole.begin() + 4, whole.end()), all);
  EXPECT_EQ(Labels(whole.begin(), whole.begin() + 3), Labels(whole.begin() + 3, whole.begin() + 6));
}

TEST(InputPipeline, ResumesWhereItWasInterrupted) {
  const Labels whole = deliver(100, {.batch = 8, .last_step = 50});
  const Labels rest = deliver(100, {.batch = 8, .first_step = 31, .last_step = 50});
  EXPECT_EQ(Labels(whole.begin() + 31 * 8, whole.end()), rest);
}

TEST(InputPipeline, ReadersDoNotMatter) {
  const Labels expected = deliver(100, {.batch = 8, .last_step = 50, .readers = 0});
  for (const int readers : {1, 2, 5}) {
    for (const int prefetch : {1, 2, 7}) {
      EXPECT_EQ(
          deliver(100, {.batch = 8, .last_step = 50, .readers = readers, .prefetch = prefetch}),
          expected);
    }
  }
}

// Waits until readers have nothing left that they may do, or for as long as a test may take.
void expect_reads(const Numbers& data, std::int64_t expected) {
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + std::chrono::seconds(10);
  while (data.reads < expected && steady_clock::now() < deadline) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(data.reads, expected);
}

TEST(InputPipeline, ReadsNoFurtherAheadThanAllowed) {
  const auto data = std::make_shared<Numbers>(1000);
  InputPipeline pipeline(data, {.batch = 10, .last_step = 100, .readers = 4, .prefetch = 3});
  expect_reads(*data, 30);
  pipeline.next();
  expect_reads(*data, 40);
  pipeline.next();
  expect_reads(*data, 50);
}

TEST(InputPipeline, ABatchStaysUntilTheNextCall) {
  const auto data = std::make_shared<Numbers>(1000);
  InputPipeline pipeline(data, {.batch = 10, .last_step = 100, .readers = 2, .prefetch = 2});
  const Batch& batch = pipeline.next();
  const Labels before = batch.labels;
  expect_reads(*data, 30);
  EXPECT_EQ(batch.labels, before);
}

TEST(InputPipeline, ThrowsWhatAReaderThrew) {
  for (const int readers : {0, 1, 3}) {
    // All 12 samples are read in an epoch of 3 steps, so one of them throws.
    InputPipeline pipeline(std::make_shared<Numbers>(12, 5),
                           {.batch = 4, .last_step = 30, .readers = readers});
    const auto epoch = [&] {
      for (int step = 0; step < 3; ++step) pipeline.next();
    };
    EXPECT_THROW(epoch(), std::runtime_error);
    EXPECT_THROW(pipeline.next(), std::runtime_error);  // and again
  }
}

TEST(InputPipeline, IsDestroyedAtAnyMoment) {
  for (int i = 0; i < 200; ++i) {
    InputPipeline pipeline(std::make_shared<Numbers>(100),
                           {.batch = 10, .last_step = 1 + i, .readers = 1 + i % 4});
    for (int step = 0; step < i % 5 && step < 1 + i; ++step) pipeline.next();
  }
}

TEST(InputPipeline, EndsAfterTheLastStep) {
  for (const int readers : {0, 2}) {
    InputPipeline pipeline(std::make_shared<Numbers>(9),
                           {.batch = 3, .first_step = 4, .last_step = 5, .readers = readers});
    pipeline.next();
    EXPECT_THROW(pipeline.next(), ContractViolation);
  }
}

TEST(InputPipeline, RefusesNumbersOutOfRange) {
  const auto refused = [](const InputOptions& options, std::int64_t samples = 10) {
    EXPECT_THROW(InputPipeline(std::make_shared<Numbers>(samples), options), Error);
  };
  refused({.last_step = 1}, 0);
  refused({.batch = 0});
  refused({.workers = 0});
  refused({.rank = 2, .workers = 2});
  refused({.rank = -1});
  refused({.first_step = -1});
  refused({.first_step = 2, .last_step = 1});
  refused({.readers = -1});
  refused({.prefetch = 0});
}

}  // namespace
}  // namespace rehearse
