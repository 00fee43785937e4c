#include "base/contract.h"
#include "kernels/backend.h"
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
  [[nodiscard]] bool works_on_host() const override { return false; }
  [[nodiscard]] std::int64_t message_elements(std::int64_t elements) const override {
    return elements;
  }

  // Reads 4 bytes and writes 2.
  [[nodiscard]] Bytes encode_traffic(std::int64_t elements) const override {
    return Bytes((4 + kBytes) * static_cast<double>(elements));
  }
  // Reads 2 bytes, writes 4.
  [[nodiscard]] Bytes decode_traffic(std::int64_t elements) const override {
    return Bytes((kBytes + 4) * static_cast<double>(elements));
  }

  // Messages are added up on the way.
  [[nodiscard]] Bytes decode_add_traffic(std::int64_t) const override { return Bytes(0); }

  void encode(const Backend& backend, const Tensor& gradients, const Tensor& residual,
              const Tensor& message) const override {
    EXPECTS(message.type == type_ && residual.elements == 0);
    backend.convert(gradients, message);
  }
  void decode(const Backend& backend, std::span<const Tensor> messages,
              const Tensor& gradients) const override {
    EXPECTS(messages.size() == 1 && messages.front().type == type_);
    backend.convert(messages.front(), gradients);
  }

 private:
  ElementType type_;
};

}  // namespace

std::unique_ptr<Codec> make_cast(ElementType type) { return std::make_unique<Cast>(type); }

}  // namespace rehearse
