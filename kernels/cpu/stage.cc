#include "kernels/cpu/stage.h"

#include <omp.h>

#include <algorithm>

#include "base/contract.h"
#include "kernels/cpu/operation.h"
#include "kernels/step/memory_plan.h"

namespace rehearse::cpu {
namespace {

void* address(const Operands& operands, const Slot& slot) {
  switch (slot.operand) {
    case Operand::input:
      return operands.inputs.at(slot.at);
    case Operand::output:
      return operands.output;
    case Operand::output_gradient:
      return operands.output_gradient;
    case Operand::input_gradient:
      return operands.input_gradients.at(slot.at);
    case Operand::parameter:
      return operands.parameters.at(slot.at);
    case Operand::parameter_gradient:
      return operands.parameter_gradients.at(slot.at);
    case Operand::statistics:
      return reinterpret_cast<std::byte*>(operands.statistics) + slot.at;
    case Operand::kept:
      return operands.kept + slot.at;
    case Operand::scratch:
      return operands.scratch + slot.at;
  }
  return nullptr;
}

}  // namespace

Engine::Engine(int threads)
    : threads_(threads), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
  EXPECTS(threads >= 1);
  use_threads();
}

void Engine::use_threads() const { omp_set_num_threads(threads_); }

void Engine::run(const dnnl::primitive& primitive,
                 const std::unordered_map<int, dnnl::memory>& arguments) const {
  primitive.execute(stream_, arguments);
}

void Engine::reorder(const Desc& from_layout, const float* from, const Desc& to_layout,
                     float* to) const {
  dnnl::memory source(from_layout, engine_, const_cast<float*>(from));
  dnnl::memory target(to_layout, engine_, to);
  dnnl::reorder(source, target).execute(stream_, source, target);
}

dnnl::primitive_attr own_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

Slot Stage::scratch(std::size_t bytes) {
  const Slot slot{Operand::scratch, scratch_bytes_};
  scratch_bytes_ += aligned(bytes);
  return slot;
}

void Stage::add(const dnnl::primitive& primitive, std::vector<Argument> arguments,
                const Desc& scratchpad) {
  if (scratchpad.get_size() > 0) {
    arguments.push_back({DNNL_ARG_SCRATCHPAD, scratchpad, scratch(scratchpad.get_size())});
  }
  steps_.push_back({primitive, std::move(arguments), {}});
}

void Stage::reorder(const Desc& from_layout, Slot from, const Desc& to_layout, Slot to) {
  const dnnl::reorder::primitive_desc desc(engine_->engine(), from_layout, engine_->engine(),
                                           to_layout, own_scratchpad());
  add(dnnl::reorder(desc), {{DNNL_ARG_FROM, from_layout, from}, {DNNL_ARG_TO, to_layout, to}},
      desc.scratchpad_desc());
  ++reorders_;
}

Slot Stage::converted(const Desc& from_layout, Slot from, const Desc& to_layout) {
  if (from_layout == to_layout) return from;
  const Slot copy = scratch(to_layout.get_size());
  reorder(from_layout, from, to_layout, copy);
  return copy;
}

Slot Stage::target(const Desc& layout, const Desc& to_layout, Slot to) {
  return layout == to_layout ? to : scratch(layout.get_size());
}

void Stage::deliver(const Desc& layout, Slot from, const Desc& to_layout, Slot to) {
  if (layout != to_layout) reorder(layout, from, to_layout, to);
}

void Stage::bind(const Operands& operands) {
  for (Step& step : steps_) {
    step.bound.clear();
    for (const Argument& argument : step.arguments) {
      step.bound.emplace(argument.name, dnnl::memory(argument.layout, engine_->engine(),
                                                     address(operands, argument.slot)));
    }
  }
}

void Stage::run() const {
  for (const Step& step : steps_) engine_->run(step.primitive, step.bound);
}

}  // namespace rehearse::cpu
