#include "runtime/compression/packed_tensors.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace rehearse {

PackedTensors::PackedTensors(std::shared_ptr<const Codec> codec, std::vector<Tensor> tensors,
                             const Backend& backend)
    : codec_(std::move(codec)), tensors_(std::move(tensors)), backend_(&backend) {
  if (!codec_) return;
  const bool real =
      std::ranges::any_of(tensors_, [](const Tensor& one) { return one.data != nullptr; });
  Tensor messages{nullptr, 0, codec_->type()};
  std::int64_t elements = 0;
  for (const Tensor& tensor : tensors_) {
    messages.elements += codec_->message_elements(tensor.elements);
    elements += tensor.elements;
    pack_traffic_ += codec_->encode_traffic(tensor.elements);
    unpack_traffic_ += codec_->decode_traffic(tensor.elements);
  }
  if (real) {
    memory_ = codec_->allocate(backend, messages.elements);
    messages = memory_->tensor();
  }
  const bool keeps = real && codec_->keeps_residual();
  if (keeps) left_out_.resize(static_cast<std::size_t>(elements));
  std::int64_t in_messages = 0, begin = 0;
  for (const Tensor& tensor : tensors_) {
    const std::int64_t size = codec_->message_elements(tensor.elements);
    packed_.push_back(messages.part(in_messages, size));
    residuals_.push_back(keeps ? tensor_of(left_out_).part(begin, tensor.elements) : Tensor{});
    in_messages += size;
    begin += tensor.elements;
  }
}

std::int64_t floats_on_wire(const Codec* codec, std::int64_t elements) {
  if (codec == nullptr) return elements;
  return std::llround(codec->message_bytes(elements).value() / sizeof(float));
}

void PackedTensors::pack(Device& device) const {
  if (!codec_) return;
  device.wait(device.compute({"pack", pack_traffic_, [this] {
                                for (std::size_t i = 0; i < tensors_.size(); ++i) {
                                  codec_->encode(*backend_, tensors_[i], residuals_[i], packed_[i]);
                                }
                              }}));
}

void PackedTensors::unpack(Device& device) const {
  if (!codec_) return;
  device.wait(device.compute({"unpack", unpack_traffic_, [this] {
                                for (std::size_t i = 0; i < tensors_.size(); ++i) {
                                  codec_->decode(*backend_, {&packed_[i], 1}, tensors_[i]);
                                }
                              }}));
}

}  // namespace rehearse
