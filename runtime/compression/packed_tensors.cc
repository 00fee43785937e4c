#include "runtime/compression/packed_tensors.h"

#include <cmath>
#include <utility>

namespace rehearse {
namespace {

// Of another type, in memory made as float32.
Tensor of_type(ElementType type, std::int64_t elements, const PackedTensors::Make& make) {
  const std::int64_t bytes = elements * element_bytes(type);
  const auto size = static_cast<std::int64_t>(sizeof(float));
  return {make((bytes + size - 1) / size).data, elements, type};
}

}  // namespace

PackedTensors::PackedTensors(std::shared_ptr<const Codec> codec, std::vector<Tensor> tensors,
                             const Make& make)
    : codec_(std::move(codec)), tensors_(std::move(tensors)) {
  if (!codec_) return;
  for (const Tensor& tensor : tensors_) {
    packed_.push_back(of_type(codec_->type(), codec_->message_elements(tensor.elements), make));
    residuals_.push_back(codec_->keeps_residual() ? make(tensor.elements) : Tensor{});
    pack_traffic_ += codec_->encode_traffic(tensor.elements);
    unpack_traffic_ += codec_->decode_traffic(tensor.elements);
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
                                  codec_->encode(tensors_[i], residuals_[i], packed_[i]);
                                }
                              }}));
}

void PackedTensors::unpack(Device& device) const {
  if (!codec_) return;
  device.wait(device.compute({"unpack", unpack_traffic_, [this] {
                                for (std::size_t i = 0; i < tensors_.size(); ++i) {
                                  codec_->decode(packed_[i], tensors_[i]);
                                }
                              }}));
}

}  // namespace rehearse
