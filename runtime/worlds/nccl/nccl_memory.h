// Where NCCL finds the numbers of a tensor: in place where the tensor is in the device's memory, in
// a copy there where it is in the host's.
#pragma once

#include <memory>

#include "runtime/worlds/message_ends.h"
#include "runtime/worlds/nccl/nccl_api.h"

namespace rehearse {

class NcclMemory {
 public:
  // `direct`: the space that the device reaches. The tensor stays as it is.
  NcclMemory(NcclApi& api, MemorySpace direct, const Tensor& tensor)
      : host_(tensor), device_(tensor) {
    if (tensor.space == direct || tensor.elements == 0) return;
    EXPECTS(tensor.space == MemorySpace::host);
    copy_ = api.allocate(bytes());
    device_.data = copy_->data();
    device_.space = direct;
  }

  // What NCCL is given.
  [[nodiscard]] const Tensor& tensor() const { return device_; }
  [[nodiscard]] bool is_copy() const { return copy_ != nullptr; }
  // Enqueues the copy to the device, and back; nothing where there is none. The way back may block
  // until all that is on the stream is complete, so that whoever wants to give up earlier waits for
  // the stream first.
  void bring(NcclStream& stream) const {
    if (copy_) stream.copy(host_.data, device_.data, bytes());
  }
  void fetch(NcclStream& stream) const {
    if (copy_) stream.copy(device_.data, host_.data, bytes());
  }

 private:
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(message_bytes(host_)); }

  Tensor host_, device_;
  std::unique_ptr<NcclBuffer> copy_;
};

}  // namespace rehearse
