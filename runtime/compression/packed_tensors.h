// Tensors that one rank sends another, packed by a codec for the way: what is pushed to a server or
// a master. Without a codec they travel as they are.
//
//   PackedTensors push(codec, tensors, backend);   // on both ends, of tensors of equal sizes
//   push.pack(device);                             // by the sender
//   transport.start_sends(group, server, port, push.wire(), transfers);
//   push.unpack(device);                           // by the receiver, when they are there
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/backend.h"
#include "runtime/compression/codec.h"
#include "runtime/world/device.h"

namespace rehearse {

class PackedTensors {
 public:
  // `codec` may be null. Borrows the tensors and the backend in whose memory they are. Tensors
  // without numbers have messages without numbers.
  PackedTensors(std::shared_ptr<const Codec> codec, std::vector<Tensor> tensors,
                const Backend& backend);

  // What travels, one message for each tensor.
  [[nodiscard]] const std::vector<Tensor>& wire() const { return codec_ ? packed_ : tensors_; }

  // Block until the device is done. What a lossy codec leaves out goes into the next pack.
  void pack(Device& device) const;
  void unpack(Device& device) const;

 private:
  std::shared_ptr<const Codec> codec_;
  std::vector<Tensor> tensors_;
  const Backend* backend_;
  std::unique_ptr<DeviceBuffer> memory_;  // of the messages
  std::vector<float> left_out_;           // the residuals
  std::vector<Tensor> packed_, residuals_;
  Bytes pack_traffic_, unpack_traffic_;
};

// What a tensor of so many elements takes on the wire, in float32. `codec` may be null.
std::int64_t floats_on_wire(const Codec* codec, std::int64_t elements);

}  // namespace rehearse
