#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "base/contract.h"
#include "runtime/compression/codecs.h"
#include "runtime/compression/host_codec.h"

namespace rehearse {
namespace {

struct Pair {
  std::uint32_t index;
  float value;
};
static_assert(sizeof(Pair) == 8);

// Orders all floats, infinities and what is no number included.
std::uint32_t magnitude(float value) { return std::bit_cast<std::uint32_t>(value) & 0x7fffffffU; }

class TopK : public HostCodec {
 public:
  explicit TopK(double ratio) : ratio_(ratio) {}

  [[nodiscard]] std::int64_t message_elements(std::int64_t elements) const override {
    return static_cast<std::int64_t>(sizeof(Pair)) * kept(elements);
  }

  // Gradient and residual are read, the residual is written (12 bytes) and read once more for the
  // selection; pairs are written.
  [[nodiscard]] Bytes encode_traffic(std::int64_t elements) const override {
    return Bytes(16 * static_cast<double>(elements)) + message_bytes(elements);
  }
  // Pairs are read; the numbers that they name are read and written.
  [[nodiscard]] Bytes decode_add_traffic(std::int64_t elements) const override {
    return 2 * message_bytes(elements);
  }

  void pack(const Tensor& gradients, const Tensor& residual, const Tensor& message) const override {
    const std::int64_t count = gradients.elements;
    EXPECTS(residual.elements == count && message.elements == message_elements(count));
    EXPECTS(count <= std::numeric_limits<std::uint32_t>::max());
    float* const left = residual.floats();
    const float* const gradient = gradients.floats();
    for (std::int64_t i = 0; i < count; ++i) left[i] += gradient[i];
    std::vector<std::uint32_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    const auto end = order.begin() + kept(count);
    std::nth_element(order.begin(), end, order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const std::uint32_t of_a = magnitude(left[a]);
      const std::uint32_t of_b = magnitude(left[b]);
      return of_a != of_b ? of_a > of_b : a < b;
    });
    std::sort(order.begin(), end);
    auto* to = static_cast<std::byte*>(message.data);
    for (auto chosen = order.begin(); chosen != end; ++chosen, to += sizeof(Pair)) {
      const Pair pair{*chosen, std::exchange(left[*chosen], 0.0F)};
      std::memcpy(to, &pair, sizeof(Pair));
    }
  }

  void unpack_add(const Tensor& message, const Tensor& gradients) const override {
    EXPECTS(message.elements == message_elements(gradients.elements));
    const auto* from = static_cast<const std::byte*>(message.data);
    for (std::int64_t i = 0; i < kept(gradients.elements); ++i, from += sizeof(Pair)) {
      Pair pair;
      std::memcpy(&pair, from, sizeof(Pair));
      EXPECTS(pair.index < gradients.elements);
      gradients.floats()[pair.index] += pair.value;
    }
  }

 private:
  [[nodiscard]] std::int64_t kept(std::int64_t elements) const {
    const std::int64_t share = std::llround(ratio_ * static_cast<double>(elements));
    return std::min(elements, std::max<std::int64_t>(1, share));
  }

  double ratio_;
};

}  // namespace

std::unique_ptr<Codec> make_top_k(double ratio) { return std::make_unique<TopK>(ratio); }

}  // namespace rehearse
