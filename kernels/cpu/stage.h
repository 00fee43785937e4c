// A sequence of library primitives that runs one direction of one layer.
//
// Stages are written down before addresses are known: each operand of a primitive is a Slot, and
// bind() puts addresses in. Memory that only the stage needs comes from its scratch, which starts
// anew for every stage and is shared by all of them.
#pragma once

#include <cstddef>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <vector>

#include "kernels/cpu/layout.h"

namespace rehearse::cpu {

struct Operands;

// Holds the library's handles and sets the threads of the calling thread for as long as it lives.
class Engine {
 public:
  explicit Engine(int threads);

  [[nodiscard]] const dnnl::engine& engine() const { return engine_; }
  [[nodiscard]] int threads() const { return threads_; }
  void use_threads() const;  // for the calling thread, from now on
  void run(const dnnl::primitive& primitive,
           const std::unordered_map<int, dnnl::memory>& arguments) const;
  void reorder(const Desc& from_layout, const float* from, const Desc& to_layout, float* to) const;

 private:
  int threads_;
  dnnl::engine engine_;
  mutable dnnl::stream stream_;
};

// The array of a step that a slot lies in.
enum class Operand {
  input,
  output,
  output_gradient,
  input_gradient,
  parameter,
  parameter_gradient,
  statistics,
  kept,
  scratch,
};

struct Slot {
  Operand operand;
  std::size_t at = 0;  // which input or parameter; otherwise an offset in bytes
};

struct Argument {
  int name;  // DNNL_ARG_…
  Desc layout;
  Slot slot;
};

class Stage {
 public:
  explicit Stage(const Engine& engine) : engine_(&engine) {}

  Slot scratch(std::size_t bytes);

  // `scratchpad`: primitive_desc::scratchpad_desc().
  void add(const dnnl::primitive& primitive, std::vector<Argument> arguments,
           const Desc& scratchpad);
  void reorder(const Desc& from_layout, Slot from, const Desc& to_layout, Slot to);

  // `from` itself where the layouts are equal, else a reordered copy in scratch.
  Slot converted(const Desc& from_layout, Slot from, const Desc& to_layout);

  // Where a primitive shall write `layout` so that deliver() brings it to `to`.
  Slot target(const Desc& layout, const Desc& to_layout, Slot to);
  void deliver(const Desc& layout, Slot from, const Desc& to_layout, Slot to);

  [[nodiscard]] std::size_t scratch_bytes() const { return scratch_bytes_; }
  [[nodiscard]] int reorders() const { return reorders_; }

  void bind(const Operands& operands);
  void run() const;

 private:
  struct Step {
    dnnl::primitive primitive;
    std::vector<Argument> arguments;
    std::unordered_map<int, dnnl::memory> bound;
  };

  const Engine* engine_;
  std::vector<Step> steps_;
  std::size_t scratch_bytes_ = 0;
  int reorders_ = 0;
};

// With the scratchpad left to the caller.
dnnl::primitive_attr own_scratchpad();

}  // namespace rehearse::cpu
