#include "runtime/compression/codec.h"

#include "base/contract.h"
#include "kernels/backend.h"
#include "runtime/compression/codecs.h"

namespace rehearse {

std::unique_ptr<DeviceBuffer> Codec::allocate(const Backend& backend, std::int64_t elements) const {
  return (works_on_host() ? cpu_backend() : backend).allocate(elements, type());
}

Bytes Codec::decode_traffic(std::int64_t elements) const {
  return decode_add_traffic(elements) + Bytes(4 * static_cast<double>(elements));
}

std::unique_ptr<Codec> make_codec(Compression compression, double ratio) {
  EXPECTS(ratio > 0 && ratio <= 1);
  switch (compression) {
    case Compression::none:
      break;
    case Compression::fp16:
      return make_cast(ElementType::float16);
    case Compression::bf16:
      return make_cast(ElementType::bfloat16);
    case Compression::topk:
      return make_top_k(ratio);
    case Compression::onebit:
      return make_one_bit();
  }
  return nullptr;
}

}  // namespace rehearse
