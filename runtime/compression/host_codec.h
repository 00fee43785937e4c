// Codecs that are loops over host memory. Internal to the folder.
#pragma once

#include "runtime/compression/codec.h"

namespace rehearse {

// One whose messages are bytes and that keeps a residual. Gradients elsewhere are copied to the
// host to be packed, and from there when they are unpacked.
class HostCodec : public Codec {
 public:
  [[nodiscard]] ElementType type() const override { return ElementType::byte; }
  [[nodiscard]] bool keeps_residual() const override { return true; }
  [[nodiscard]] bool works_on_host() const override { return true; }

  void encode(const Backend& backend, const Tensor& gradients, const Tensor& residual,
              const Tensor& message) const final;
  void decode(const Backend& backend, std::span<const Tensor> messages,
              const Tensor& gradients) const final;

 private:
  // The same of tensors in host memory, which this one adds to.
  virtual void pack(const Tensor& gradients, const Tensor& residual,
                    const Tensor& message) const = 0;
  virtual void unpack_add(const Tensor& message, const Tensor& gradients) const = 0;
};

}  // namespace rehearse
