// What makes gradients smaller for the wire.
//
//   const auto codec = make_codec(Compression::topk, 0.01);
//   codec->encode(backend, gradients, residual, message);   // residual: what was left out before
//   codec->decode(backend, {{message, another}}, sums);     // by whoever sums
//
// A codec works tensor by tensor: a message is of one tensor. Lossy codecs with a residual (error
// feedback) add to a gradient what they have not sent of it so far, and keep what they leave out
// now: sum of all messages + residual = sum of all gradients, up to rounding.
//
//   fp16, bf16  every number in 2 bytes, rounded to the nearest. Messages add up as they are: the
//               sum is done in 2 bytes on the way (Horovod, torch/compression.py).
//   topk        the k = ratio n numbers that are greatest by magnitude (at least one; of equal ones
//               the first), as pairs of index and value: 8 k bytes (Lin et al., Deep Gradient
//               Compression, arXiv:1712.01887, algorithm 1; without momentum correction, clipping
//               and warm-up).
//   onebit      the sign of every number, and the means of those that are not negative and of those
//               that are, which stand for them: n/8 + 8 bytes (Seide et al., 1-Bit Stochastic
//               Gradient Descent, Interspeech 2014; theirs are means of columns, ours of tensors).
//
// Gradients are float32 in the memory of a backend. It does the casts. topk and onebit are loops
// over host memory: gradients that are elsewhere are copied there and back. Encoding and decoding
// are passes over memory; their traffic is what each codec's passes read and write.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/enum_names.h"
#include "base/units.h"
#include "kernels/tensor.h"

namespace rehearse {

class Backend;  // kernels/backend.h
class DeviceBuffer;

enum class Compression : std::uint8_t { none, fp16, bf16, topk, onebit };

inline constexpr auto kCompressionNames =
    enum_names<Compression>("none", "fp16", "bf16", "topk", "onebit");

class Codec {
 public:
  virtual ~Codec() = default;

  // Of an element of a message. Messages of float16 and bfloat16 may be added up element by
  // element, by an all-reduce; those of bytes must all reach whoever wants their sum.
  [[nodiscard]] virtual ElementType type() const = 0;
  [[nodiscard]] bool adds_up() const { return type() != ElementType::byte; }
  // Whether a residual of the tensor's size goes with each tensor, float32 in host memory; it
  // begins as zeros.
  [[nodiscard]] virtual bool keeps_residual() const = 0;

  // Whether messages are in host memory wherever gradients are; else they are with these.
  [[nodiscard]] virtual bool works_on_host() const = 0;
  // Memory for so many elements of messages. Throws as Backend::allocate.
  [[nodiscard]] std::unique_ptr<DeviceBuffer> allocate(const Backend& backend,
                                                       std::int64_t elements) const;

  // In the message of a tensor of so many elements, elements of type().
  [[nodiscard]] virtual std::int64_t message_elements(std::int64_t elements) const = 0;
  [[nodiscard]] Bytes message_bytes(std::int64_t elements) const {
    return Bytes(static_cast<double>(message_elements(elements)) * element_bytes(type()));
  }

  // Memory traffic of encoding, of decoding one message, and what each further one adds to that.
  [[nodiscard]] virtual Bytes encode_traffic(std::int64_t elements) const = 0;
  [[nodiscard]] virtual Bytes decode_traffic(std::int64_t elements) const;
  [[nodiscard]] virtual Bytes decode_add_traffic(std::int64_t elements) const = 0;

  // Leaves the gradients as they are. REQUIRES: sizes fit; the residual is empty where none is
  // kept.
  virtual void encode(const Backend& backend, const Tensor& gradients, const Tensor& residual,
                      const Tensor& message) const = 0;
  // Puts the sum of what the messages say, in their order, in place of the gradients. REQUIRES: one
  // message, or more where messages do not add up by themselves.
  virtual void decode(const Backend& backend, std::span<const Tensor> messages,
                      const Tensor& gradients) const = 0;
};

// Null for none. `ratio`: of topk, the share of the numbers that travel. REQUIRES: 0 < ratio <= 1.
std::unique_ptr<Codec> make_codec(Compression compression, double ratio);

}  // namespace rehearse
