#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "runtime/data/dataset.h"

namespace rehearse {
namespace {

std::vector<float> image_of(const Dataset& data, std::int64_t index) {
  std::vector<float> image(static_cast<std::size_t>(data.shape().elements()));
  data.read_one(index, image);
  return image;
}

TEST(Synthetic, SamplesDependOnSeedAndIndexAlone) {
  const auto all = make_synthetic({.size = 40, .seed = 5});
  const auto part = make_synthetic({.first = 17, .size = 23, .seed = 5});
  const auto other = make_synthetic({.size = 40, .seed = 6});
  for (std::int64_t i = 22; i >= 0; --i) {
    EXPECT_EQ(image_of(*part, i), image_of(*all, 17 + i));
    EXPECT_NE(image_of(*part, i), image_of(*other, 17 + i));
  }
}

TEST(Synthetic, SamplesOfAClassDiffer) {
  const auto data = make_synthetic({.size = 200});
  std::set<std::vector<float>> distinct;
  for (std::int64_t i = 0; i < 200; ++i) distinct.insert(image_of(*data, i));
  EXPECT_EQ(distinct.size(), 200U);
}

TEST(Synthetic, IsStandardisedAndBalanced) {
  const auto data = make_synthetic({.size = 2000});
  double sum = 0;
  double squares = 0;
  std::vector<int> count(10);
  std::vector<float> image(3072);
  for (std::int64_t i = 0; i < 2000; ++i) {
    ++count[static_cast<std::size_t>(data->read_one(i, image))];
    for (const float value : image) {
      sum += value;
      squares += static_cast<double>(value) * value;
    }
  }
  const double pixels = 2000 * 3072;
  // A class's mean over the shown part of its pattern is not quite 0, nor its square quite 1.
  EXPECT_NEAR(sum / pixels, 0, 0.05);
  EXPECT_NEAR(std::sqrt(squares / pixels), 1, 0.05);
  EXPECT_EQ(count, std::vector<int>(10, 200));
}

TEST(Synthetic, TakesOtherShapes) {
  const std::vector<Shape> shapes{{.channels = 1, .height = 28, .width = 28},
                                  {.channels = 2, .height = 5, .width = 70},
                                  {.channels = 3, .height = 224, .width = 224},
                                  {.channels = 100},
                                  {.channels = 1}};
  for (const Shape& shape : shapes) {
    const auto data = make_synthetic({.shape = shape, .classes = 3, .size = 30});
    for (std::int64_t i = 0; i < 30; ++i) {
      for (const float value : image_of(*data, i)) ASSERT_LT(std::abs(value), 30.0F);
    }
  }
}

// The nearest mean of the training samples of a class: what a linear classifier can see. A set that
// it solved would say little about a network.
TEST(Synthetic, IsNotSolvedByClassMeans) {
  constexpr std::int64_t kTrain = 2000;
  const auto train = make_synthetic({.size = kTrain, .seed = 2});
  const auto test = make_synthetic({.first = kTrain, .size = 500, .seed = 2});
  std::vector<std::vector<double>> mean(10, std::vector<double>(3072));
  std::vector<float> image(3072);
  for (std::int64_t i = 0; i < kTrain; ++i) {
    std::vector<double>& of = mean[static_cast<std::size_t>(train->read_one(i, image))];
    for (std::size_t p = 0; p < of.size(); ++p) of[p] += image[p] / (kTrain / 10.0);
  }
  int correct = 0;
  for (std::int64_t i = 0; i < 500; ++i) {
    const auto label = static_cast<std::size_t>(test->read_one(i, image));
    std::size_t best = 0;
    double least = HUGE_VAL;
    for (std::size_t c = 0; c < mean.size(); ++c) {
      double distance = 0;
      for (std::size_t p = 0; p < image.size(); ++p) {
        distance += (image[p] - mean[c][p]) * (image[p] - mean[c][p]);
      }
      if (distance < least) {
        least = distance;
        best = c;
      }
    }
    correct += best == label ? 1 : 0;
  }
  EXPECT_LT(correct, 400);
  EXPECT_GT(correct, 75);  // chance is 50
}

TEST(Synthetic, RefusesNumbersOutOfRange) {
  EXPECT_THROW(make_synthetic({.shape = {.channels = 0}, .size = 1}), Error);
  EXPECT_THROW(make_synthetic({.shape = {.channels = 3, .sequence = 0}, .size = 1}), Error);
  EXPECT_THROW(make_synthetic({.classes = 0, .size = 1}), Error);
  EXPECT_THROW(make_synthetic({.first = -1, .size = 1}), Error);
  EXPECT_THROW(make_synthetic({.size = -1}), Error);
}

}  // namespace
}  // namespace rehearse
