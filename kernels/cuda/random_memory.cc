#include "kernels/cuda/random_memory.h"

#include <algorithm>
#include <vector>

#include "kernels/cuda/elementwise.h"
#include "kernels/devices/layer_benchmark.h"

namespace rehearse::cuda {
namespace {

constexpr std::int64_t kDistinct = std::int64_t{1} << 20;

}  // namespace

RandomMemory::RandomMemory(const Stream& stream, std::int64_t elements, ElementType type)
    : memory_(stream.device(), static_cast<std::size_t>(elements * element_bytes(type))),
      elements_(elements),
      type_(type) {
  const std::int64_t first = std::min(elements, kDistinct);
  std::vector<float> values(static_cast<std::size_t>(first));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = unpatterned(i);
  const DeviceMemory floats(stream.device(), values.size() * sizeof(float));
  copy_bytes(values.data(), floats.data(), floats.bytes(), stream.handle());
  scale({floats.data(), first, ElementType::float32, MemorySpace::device}, 1,
        tensor().part(0, first), stream.handle());
  for (std::int64_t done = first; done < elements;) {
    const std::int64_t count = std::min(done, elements - done);  // twice as many each time
    const Tensor from = tensor().part(0, count);
    copy_bytes(from.data, tensor().part(done, count).data,
               static_cast<std::size_t>(count * element_bytes(type)), stream.handle());
    done += count;
  }
  stream.synchronize();
}

}  // namespace rehearse::cuda
