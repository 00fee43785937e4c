// A context on the first GPU; tests are skipped where there is none.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <vector>

#include "kernels/cuda/cuda_context.h"
#include "kernels/cuda/cuda_devices.h"
#include "tests/kernels/cuda_host_drive.h"
#include "tests/kernels/gpu_array.h"

namespace rehearse::test {

class GpuTest : public testing::Test {
 protected:
  void SetUp() override {
    if (cuda_device_count() == 0) GTEST_SKIP() << "no GPU";
    context_.emplace(0);
  }

  [[nodiscard]] cuda::CudaContext& context() { return *context_; }
  [[nodiscard]] const cuda::Stream& stream() { return context_->stream(); }
  [[nodiscard]] cuda::StreamHandle handle() { return stream().handle(); }

  template <class Item>
  GpuArray<Item> put(const std::vector<Item>& values) {
    return {stream(), values};
  }
  GpuArray<float> zeros(std::size_t count) { return {stream(), count}; }

  // Threads add in another order, and the GPU's exponentials differ in the last bits.
  static void expect_near(const std::vector<float>& got, const std::vector<float>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_NEAR(got[i], expected[i], 2e-5F * (1 + std::abs(expected[i]))) << i;
    }
  }

 private:
  std::optional<cuda::CudaContext> context_;
};

}  // namespace rehearse::test
