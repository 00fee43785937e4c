// In place of the file of this name: launchers put loops into the stream of a FakeDevice.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_stream.h"
#include "tests/kernels/fake_gpu/fake_device.h"

namespace rehearse::cuda {

// A row for itself.
struct OneLane {
  [[nodiscard]] std::int64_t first() const { return 0; }
  [[nodiscard]] std::int64_t step() const { return 1; }
  template <class Number>
  Number sum(Number part) const {
    return part;
  }
  [[nodiscard]] float most(float part) const { return part; }
};

template <class Body>
void for_each(std::int64_t count, const Body& body, StreamHandle stream) {
  if (count == 0) return;
  stream->put([=] {
    for (std::int64_t i = 0; i < count; ++i) body(i);
  });
}

template <class Body>
void for_each_row(std::int64_t rows, std::int64_t /*width*/, const Body& body,
                  StreamHandle stream) {
  if (rows == 0) return;
  stream->put([=] {
    for (std::int64_t row = 0; row < rows; ++row) body(row, OneLane());
  });
}

}  // namespace rehearse::cuda
