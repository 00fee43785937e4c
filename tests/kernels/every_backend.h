// Tests that every backend passes: what they call goes to the backend under test.
//
//   class EveryExecutor : public EveryBackend {};
//   TEST_P(EveryExecutor, …) { const auto net = backend().make_executor(…); … }
//   REHEARSE_FOR_EVERY_BACKEND(EveryExecutor);
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/backend.h"

namespace rehearse {

class EveryBackend : public testing::TestWithParam<const Backend*> {};

// REQUIRES of this and the others: called by a test of an EveryBackend.
inline const Backend& backend() { return *EveryBackend::GetParam(); }

// What a tensor of the backend holds, and the other way.
inline std::vector<float> values_of(const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.elements));
  backend().copy(tensor, tensor_of(values));
  return values;
}
inline void write_values(std::vector<float> values, const Tensor& to) {
  backend().copy(tensor_of(values), to);
}

// Numbers in the memory of the backend.
class Placed {
 public:
  explicit Placed(const std::vector<float>& values)
      : buffer_(
            backend().allocate(static_cast<std::int64_t>(values.size()), ElementType::float32)) {
    write_values(values, tensor());
  }
  [[nodiscard]] Tensor tensor() const { return buffer_->tensor(); }
  [[nodiscard]] std::vector<float> values() const { return values_of(tensor()); }

 private:
  std::unique_ptr<DeviceBuffer> buffer_;
};

// Whether it has recurrent layers; GPUs do not.
inline bool is_recurrent() { return backend().space() == MemorySpace::host; }

}  // namespace rehearse

#define REHEARSE_FOR_EVERY_BACKEND(suite)                                  \
  INSTANTIATE_TEST_SUITE_P(Backends, suite, testing::ValuesIn(backends()), \
                           [](const auto& made) { return std::string(made.param->name()); })
