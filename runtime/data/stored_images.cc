#include "runtime/data/stored_images.h"

#include <utility>

#include "base/contract.h"

namespace rehearse {

StoredImages::StoredImages(Shape shape, std::int64_t classes, std::vector<std::uint8_t> labels,
                           std::vector<std::uint8_t> pixels,
                           const std::vector<ChannelStatistics>& channels)
    : shape_(shape), classes_(classes), labels_(std::move(labels)), pixels_(std::move(pixels)) {
  EXPECTS(static_cast<std::int64_t>(channels.size()) == shape.channels);
  EXPECTS(static_cast<std::int64_t>(pixels_.size()) == size() * shape.elements());
  for (const ChannelStatistics& channel : channels) {
    std::array<float, 256>& values = values_.emplace_back();
    for (std::size_t byte = 0; byte < values.size(); ++byte) {
      values[byte] = (static_cast<float>(byte) / 255 - channel.mean) / channel.deviation;
    }
  }
}

void StoredImages::read(std::int64_t index, std::span<float> image,
                        std::span<std::int32_t> labels) const {
  EXPECTS(index >= 0 && index < size());
  EXPECTS(static_cast<std::int64_t>(image.size()) == shape_.elements());
  const std::uint8_t* pixel = pixels_.data() + index * shape_.elements();
  float* out = image.data();
  const std::int64_t plane = shape_.height * shape_.width;
  for (const std::array<float, 256>& values : values_) {
    for (std::int64_t i = 0; i < plane; ++i) *out++ = values[*pixel++];
  }
  labels.front() = labels_[static_cast<std::size_t>(index)];
}

}  // namespace rehearse
