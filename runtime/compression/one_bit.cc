#include <cstring>

#include "base/contract.h"
#include "runtime/compression/codecs.h"
#include "runtime/compression/host_codec.h"

namespace rehearse {
namespace {

// What stands for the numbers of each sign.
struct Means {
  float positive, negative;
};
static_assert(sizeof(Means) == 8);

class OneBit : public HostCodec {
 public:
  [[nodiscard]] std::int64_t message_elements(std::int64_t elements) const override {
    return signs(elements) + static_cast<std::int64_t>(sizeof(Means));
  }

  // Gradient and residual are read, the residual is written (12 bytes), and read and written once
  // more with the means; signs are written.
  [[nodiscard]] Bytes encode_traffic(std::int64_t elements) const override {
    return Bytes(20 * static_cast<double>(elements)) + message_bytes(elements);
  }
  // Signs are read, gradients read and written.
  [[nodiscard]] Bytes decode_add_traffic(std::int64_t elements) const override {
    return Bytes(8 * static_cast<double>(elements)) + message_bytes(elements);
  }

  void pack(const Tensor& gradients, const Tensor& residual, const Tensor& message) const override {
    const std::int64_t count = gradients.elements;
    EXPECTS(residual.elements == count && message.elements == message_elements(count));
    float* const left = residual.floats();
    const Means means = add(gradients.floats(), count, left);
    auto* const bits = static_cast<std::uint8_t*>(message.data);
    std::memset(bits, 0, static_cast<std::size_t>(signs(count)));
    for (std::int64_t i = 0; i < count; ++i) {
      const bool negative = left[i] < 0;
      if (negative) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 1U << i % 8);
      left[i] -= negative ? means.negative : means.positive;
    }
    std::memcpy(bits + signs(count), &means, sizeof(Means));
  }

  void unpack_add(const Tensor& message, const Tensor& gradients) const override {
    const std::int64_t count = gradients.elements;
    EXPECTS(message.elements == message_elements(count));
    const auto* const bits = static_cast<const std::uint8_t*>(message.data);
    Means means;
    std::memcpy(&means, bits + signs(count), sizeof(Means));
    float* const sum = gradients.floats();
    for (std::int64_t i = 0; i < count; ++i) {
      sum[i] += (bits[i / 8] >> i % 8 & 1U) != 0 ? means.negative : means.positive;
    }
  }

 private:
  static std::int64_t signs(std::int64_t elements) { return (elements + 7) / 8; }

  static Means add(const float* gradients, std::int64_t count, float* left) {
    double positive = 0;
    double negative = 0;
    std::int64_t negatives = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      left[i] += gradients[i];
      (left[i] < 0 ? negative : positive) += left[i];
      negatives += left[i] < 0 ? 1 : 0;
    }
    const auto mean = [](double sum, std::int64_t of) {
      return of == 0 ? 0.0F : static_cast<float>(sum / static_cast<double>(of));
    };
    return {mean(positive, count - negatives), mean(negative, negatives)};
  }
};

}  // namespace

std::unique_ptr<Codec> make_one_bit() { return std::make_unique<OneBit>(); }

}  // namespace rehearse
