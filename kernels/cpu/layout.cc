#include "kernels/cpu/layout.h"

#include <algorithm>

namespace rehearse::cpu {
namespace {

using Tag = dnnl::memory::format_tag;
constexpr auto kFloat = dnnl::memory::data_type::f32;

// Networks' inputs have up to four channels, and first convolutions read them in plain order.
constexpr std::int64_t kMostPlainChannels = 4;

std::int64_t vector_floats() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  if (isa == dnnl::cpu_isa::all || isa >= dnnl::cpu_isa::avx512_core) return 16;
  return isa >= dnnl::cpu_isa::avx2 ? 8 : 1;
}

}  // namespace

std::int64_t channel_block(const Shape& shape) {
  if (shape.channels <= kMostPlainChannels || shape.sequence > 1) return 1;
  const std::int64_t block = vector_floats();
  const bool image = shape.height * shape.width > 1;
  return image || shape.channels % block == 0 ? block : 1;
}

bool is_plain(const Shape& shape) {
  return channel_block(shape) == 1 || shape.height * shape.width == 1;
}

Desc plain_layout(const Shape& shape, std::int64_t batch) {
  return {{batch, shape.sequence * shape.channels, shape.height, shape.width}, kFloat, Tag::nchw};
}

Desc activation_layout(const Shape& shape, std::int64_t batch) {
  const std::int64_t block = channel_block(shape);
  if (block == 1) return plain_layout(shape, batch);
  const Tag tag = block == 16 ? Tag::nChw16c : Tag::nChw8c;
  return {{batch, shape.channels, shape.height, shape.width}, kFloat, tag};
}

std::size_t stored_elements(const Shape& shape, std::int64_t batch) {
  return activation_layout(shape, batch).get_size() / sizeof(float);
}

void clear_filling(const Shape& shape, std::int64_t batch, float* values) {
  const std::int64_t block = channel_block(shape), used = shape.channels % block;
  if (used == 0) return;
  const std::int64_t blocks = shape.channels / block + 1, places = shape.height * shape.width;
  for (std::int64_t n = 0; n < batch; ++n) {
    float* last = values + ((n + 1) * blocks - 1) * places * block;
    for (std::int64_t place = 0; place < places; ++place) {
      std::fill(last + place * block + used, last + (place + 1) * block, 0.0F);
    }
  }
}

bool is_permutation(const Desc& layout) {
  std::size_t elements = 1;
  for (const std::int64_t extent : layout.dims()) elements *= static_cast<std::size_t>(extent);
  return layout.get_size() == elements * sizeof(float);
}

}  // namespace rehearse::cpu
