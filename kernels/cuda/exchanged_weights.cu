#include "kernels/cuda/exchanged_weights.h"

#include "kernels/cuda/bodies/exchanged_weights_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {

void subtract(const Tensor& a, const Tensor& b, const Tensor& y, StreamHandle stream) {
  EXPECTS(a.elements == y.elements && b.elements == y.elements);
  for_each(y.elements, Difference{inputs_of(a), inputs_of(b), outputs_of(y)}, stream);
}

void pull_towards(const Tensor& centre, float force, const Tensor& x, StreamHandle stream) {
  EXPECTS(centre.elements == x.elements);
  for_each(x.elements, Pulled{inputs_of(centre), force, outputs_of(x)}, stream);
}

void gem_update(const GemFactors& factors, const Tensor& central, const GemTensors& worker,
                StreamHandle stream) {
  for (const Tensor& one : {worker.now, worker.set, worker.m, worker.stale, worker.update}) {
    EXPECTS(one.elements == central.elements);
  }
  for_each(central.elements, matched_energies(factors, central, worker), stream);
}

}  // namespace rehearse::cuda
