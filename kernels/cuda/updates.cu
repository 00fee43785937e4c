#include "kernels/cuda/updates.h"

#include "kernels/cuda/bodies/reduction_bodies.h"
#include "kernels/cuda/bodies/update_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {

void momentum_step(const UpdateOperands& operands, const MomentumRule& rule, StreamHandle stream) {
  for_each(operands.parameters.elements, MomentumUpdate{arrays_of(operands), rule, nullptr},
           stream);
}

void adam_step(const UpdateOperands& operands, const AdamRule& rule, StreamHandle stream) {
  EXPECTS(operands.first != nullptr && operands.second != nullptr);
  for_each(operands.parameters.elements, AdamUpdate{arrays_of(operands), rule}, stream);
}

void trust_factor(const double* parameter_squares, const double* gradient_squares,
                  const TrustRule& rule, float* factor, StreamHandle stream) {
  for_each(1, TrustFactor{parameter_squares, gradient_squares, rule, factor}, stream);
}

void layerwise_step(const UpdateOperands& operands, const MomentumRule& rule,
                    const float* trust_factor, StreamHandle stream) {
  EXPECTS(operands.first != nullptr);
  for_each(operands.parameters.elements, MomentumUpdate{arrays_of(operands), rule, trust_factor},
           stream);
}

void lamb_step(const UpdateOperands& operands, const AdamRule& rule, double lr, double* scratch,
               StreamHandle stream) {
  EXPECTS(operands.first != nullptr && operands.second != nullptr);
  const std::int64_t elements = operands.parameters.elements;
  const std::int64_t pieces = (elements + kLambPiece - 1) / kLambPiece;
  double *const squares = scratch, *const parts = scratch + 3;
  auto* const factor = reinterpret_cast<float*>(scratch + 2);
  const UpdateArrays arrays = arrays_of(operands);
  for_each_row(pieces, kLambPiece, LambMoments{arrays, rule, elements, parts, parts + pieces},
               stream);
  for_each_row(1, pieces, SquareSum{parts, pieces, squares}, stream);
  for_each_row(1, pieces, SquareSum{parts + pieces, pieces, squares + 1}, stream);
  for_each(1, LambFactor{squares, squares + 1, lr, factor}, stream);
  for_each(elements, LambUpdate{arrays, rule, factor}, stream);
}

void clip_factor(const double* squares, double scale, double norm, float* factor,
                 StreamHandle stream) {
  for_each(1, ClipFactor{squares, scale, norm, factor}, stream);
}

}  // namespace rehearse::cuda
