#include "base/contract.h"
#include "kernels/half_float.h"
#include "runtime/compression/codecs.h"

namespace rehearse {
namespace {

constexpr double kBytes = 2;  // of an element of the message

class Cast : public Codec {
 public:
  explicit Cast(ElementType type) : type_(type) {
    EXPECTS(type == ElementType::float16 || type == ElementType::bfloat16);
  }

  [[nodiscard]] ElementType type() const override { return type_; }
  [[nodiscard]] bool keeps_residual() const override { return false; }
  [[nodiscard]] std::int64_t message_elements(std::int64_t elements) const override {
    return elements;
  }

  // Reads 4 bytes and writes 2.
  [[nodiscard]] Bytes encode_traffic(std::int64_t elements) const override {
    return Bytes((4 + kBytes) * static_cast<double>(elements));
  }
  // Reads 2 bytes, reads and writes 4.
  [[nodiscard]] Bytes decode_add_traffic(std::int64_t elements) const override {
    return Bytes((kBytes + 8) * static_cast<double>(elements));
  }
  // Reads 2 bytes, writes 4.
  [[nodiscard]] Bytes decode_traffic(std::int64_t elements) const override {
    return Bytes((kBytes + 4) * static_cast<double>(elements));
  }

  void encode(const Tensor& gradients, const Tensor& residual,
              const Tensor& message) const override {
    EXPECTS(message.type == type_ && message.elements == gradients.elements);
    EXPECTS(residual.elements == 0);
    const float* const from = gradients.floats();
    if (type_ == ElementType::float16) {
      auto* const to = static_cast<Half*>(message.data);
      for (std::int64_t i = 0; i < message.elements; ++i) to[i] = to_half(from[i]);
    } else {
      auto* const to = static_cast<BrainFloat*>(message.data);
      for (std::int64_t i = 0; i < message.elements; ++i) to[i] = to_brain_float(from[i]);
    }
  }

  void decode_add(const Tensor& message, const Tensor& gradients) const override {
    widen(message, gradients, [](float& to, float from) { to += from; });
  }
  void decode(const Tensor& message, const Tensor& gradients) const override {
    widen(message, gradients, [](float& to, float from) { to = from; });
  }

 private:
  template <class Use>
  void widen(const Tensor& message, const Tensor& gradients, Use use) const {
    EXPECTS(message.type == type_ && message.elements == gradients.elements);
    float* const to = gradients.floats();
    if (type_ == ElementType::float16) {
      const auto* const from = static_cast<const Half*>(message.data);
      for (std::int64_t i = 0; i < message.elements; ++i) use(to[i], to_float(from[i]));
    } else {
      const auto* const from = static_cast<const BrainFloat*>(message.data);
      for (std::int64_t i = 0; i < message.elements; ++i) use(to[i], to_float(from[i]));
    }
  }

  ElementType type_;
};

}  // namespace

std::unique_ptr<Codec> make_cast(ElementType type) { return std::make_unique<Cast>(type); }

}  // namespace rehearse
