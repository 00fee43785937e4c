// Images of bytes, standardised as they are read. Internal to the folder.
#pragma once

#include <array>
#include <vector>

#include "runtime/data/dataset.h"

namespace rehearse {

// Of the pixels of a channel, in units of the largest byte, 255.
struct ChannelStatistics {
  float mean = 0;
  float deviation = 1;
};

// Mean and deviation of each channel over the 50,000 training images of CIFAR-10 (recomputed from
// the data set in https://github.com/kuangliu/pytorch-cifar/issues/19, rounded to four digits).
inline constexpr std::array<ChannelStatistics, 3> kCifar10{
    {{0.4914F, 0.2470F}, {0.4822F, 0.2435F}, {0.4465F, 0.2616F}}};

// The same over the 60,000 training images of MNIST (PyTorch's example mnist/main.py).
inline constexpr ChannelStatistics kMnist{0.1307F, 0.3081F};

class StoredImages final : public Dataset {
 public:
  // Labels and pixels of the images, one image behind the other; one statistic per channel.
  StoredImages(Shape shape, std::int64_t classes, std::vector<std::uint8_t> labels,
               std::vector<std::uint8_t> pixels, const std::vector<ChannelStatistics>& channels);

  [[nodiscard]] std::int64_t size() const override {
    return static_cast<std::int64_t>(labels_.size());
  }
  [[nodiscard]] Shape shape() const override { return shape_; }
  [[nodiscard]] std::int64_t classes() const override { return classes_; }
  void read(std::int64_t index, std::span<float> image,
            std::span<std::int32_t> labels) const override;

 private:
  Shape shape_;
  std::int64_t classes_;
  std::vector<std::uint8_t> labels_;
  std::vector<std::uint8_t> pixels_;
  std::vector<std::array<float, 256>> values_;  // per channel, of every byte
};

}  // namespace rehearse
