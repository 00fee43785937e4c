// What the conformance suite runs on: worlds, and what each of them promises beyond what all do.
// Every program that links the suite names its worlds.
//
// A test runs one program on all ranks, which may be threads, processes or actors of a simulation:
// it expects things inside the program, on its own rank, and never leaves it before the others do
// (EXPECT, not ASSERT).
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/contract.h"
#include "runtime/world/world.h"

namespace rehearse {

struct Promises {
  bool numbers = false;       // tensors hold numbers; elsewhere their data is null
  bool messages = false;      // there are other ranks, and messages to them
  bool prompt = false;        // what was sent before an agreement is there after it
  bool addresses = false;     // a message to no other rank, or to no port, violates the contract
  bool switch_sums = false;   // there are switches in nodes that add (Algorithm::nvls_tree)
  bool waits = false;         // execute and agree_min tell how long a rank has waited
  bool failures = false;      // who waits for a task of this process that failed is released
  bool virtual_time = false;  // the clock moves by what the program does only
  bool one_process = false;   // ranks are threads of this process
};

// What devices do for a task of a rank, in worlds with numbers.
using Perform = std::function<void(int rank, const Task& task)>;

struct WorldUnderTest {
  std::string name;  // of letters and digits
  int ranks = 1;
  Promises promises;
  std::function<void(const std::function<void(World&)>& program, const Perform& perform)> run;
};

inline void PrintTo(const WorldUnderTest& world, std::ostream* out) { *out << world.name; }

// Those of this program.
std::vector<WorldUnderTest> worlds_under_test();

// Those of them that promise all of these.
template <class... Promised>
std::vector<WorldUnderTest> worlds_with(Promised Promises::*... promised) {
  std::vector<WorldUnderTest> chosen;
  for (const WorldUnderTest& world : worlds_under_test()) {
    if (((world.promises.*promised) && ...)) chosen.push_back(world);
  }
  return chosen;
}

inline std::string world_name(const testing::TestParamInfo<WorldUnderTest>& info) {
  return info.param.name;
}

// The number that stands at place i of a tensor.
using Rule = std::function<float(std::size_t i)>;

// The same everywhere.
inline Rule all(double value) {
  return [value](std::size_t) { return static_cast<float>(value); };
}

// A float32 tensor that has its numbers in worlds that promise them.
class Numbers {
 public:
  Numbers(const Promises& promises, std::int64_t elements, const Rule& rule)
      : elements_(elements), real_(promises.numbers) {
    for (std::int64_t i = 0; real_ && i < elements; ++i) {
      values_.push_back(rule(static_cast<std::size_t>(i)));
    }
  }

  [[nodiscard]] Tensor tensor() { return {real_ ? values_.data() : nullptr, elements_}; }
  // Whether they are so, as far as there are numbers.
  [[nodiscard]] bool are(const Rule& rule) const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i] != rule(i)) return false;
    }
    return true;
  }
  [[nodiscard]] const std::vector<float>& values() const { return values_; }

 private:
  std::int64_t elements_;
  bool real_;
  std::vector<float> values_;
};

// A test of one world.
class WorldTest : public testing::TestWithParam<WorldUnderTest> {
 protected:
  static const Promises& promises() { return GetParam().promises; }
  static void run(const std::function<void(World&)>& program, const Perform& perform = {}) {
    GetParam().run(program, perform);
  }
  static Numbers numbers(std::int64_t elements, const Rule& rule = all(0)) {
    return {promises(), elements, rule};
  }
};

}  // namespace rehearse
