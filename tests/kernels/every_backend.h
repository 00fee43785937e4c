// Tests that every backend passes: what they call goes to the backend under test.
//
//   class EveryExecutor : public EveryBackend {};
//   TEST_P(EveryExecutor, …) { const auto net = backend().make_executor(…); … }
//   REHEARSE_FOR_EVERY_BACKEND(EveryExecutor);
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "kernels/backend.h"

namespace rehearse {

class EveryBackend : public testing::TestWithParam<const Backend*> {};

// REQUIRES: called by a test of an EveryBackend.
inline const Backend& backend() { return *EveryBackend::GetParam(); }

}  // namespace rehearse

#define REHEARSE_FOR_EVERY_BACKEND(suite)                                  \
  INSTANTIATE_TEST_SUITE_P(Backends, suite, testing::ValuesIn(backends()), \
                           [](const auto& made) { return std::string(made.param->name()); })
