// What turns an averaged gradient into a step of the parameters.
//
// Formulas, with s the scale of the gradient, m the momentum coefficient times the momentum
// correction of the step, and d = s g + weight_decay w:
//   sgd       w -= lr d                               with momentum 0
//   sgd       v = m v + d;  w -= lr v                 PyTorch's form (Goyal et al., eq. 9)
//   nesterov  v = m v + d;  w -= lr (d + m v)         PyTorch's form
//   adam      Kingma and Ba, arXiv:1412.6980, algorithm 1, with the gradient d
//   adamw     w *= 1 - lr weight_decay, then the step of adam with the gradient s g: Loshchilov and
//             Hutter, arXiv:1711.05101, in PyTorch's form, whose decay follows the learning rate
//   lars      v = m v + lr r d;  w -= v               You et al., arXiv:1708.03888, algorithm 1
//   larc      v = m v + min(r / lr, 1) d;  w -= lr v  NVIDIA Apex, LARC with clipping
//   lamb      w -= lr (|w| / |u|) u  with u = a + weight_decay w and a the step of adam with the
//             gradient s g and lr = 1: You et al., arXiv:1904.00962, algorithm 2
// lars and larc work tensor by tensor: r = trust |w| / (|s g| + weight_decay |w|), Euclidean norms.
// Where a norm is 0 they use r = 1 (lars) and the step of momentum SGD (larc). One-dimensional
// tensors (biases, batch normalisation) get plain momentum SGD without weight decay under both.
// lamb works tensor by tensor, too, and follows TensorFlow Addons: the ratio is not bounded (the
// paper's phi is the identity), it is 1 where a norm is 0, and applies whatever the weight decay
// is; moments are corrected. One-dimensional tensors get adam without weight decay. Gradients are
// not clipped by the norm of all of them, as NVIDIA Apex does.
//
// Momentum correction (Goyal et al., arXiv:1706.02677, remark 2). A velocity that holds the
// learning rate must be scaled by lr_t / lr_{t-1} when the rate changes; one without it must not.
// Here only that of lars holds it (velocity_holds_rate), so Goyal's rule is: the factor
// LearningRate::momentum_correction for lars, 1 for all others; they then do what a corrected
// SGD with the rate inside its velocity does (Keras). Horovod's LearningRateWarmupCallback
// multiplies the coefficient by that factor whatever the optimizer is: to repeat what it does to a
// velocity without the rate, pass the factor to sgd or nesterov too. Optimizers with two moments
// have no use for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/units.h"
#include "kernels/models/model.h"
#include "kernels/tensor.h"

namespace rehearse {

struct OptimizerOptions {
  std::string name = "sgd";  // of optimizer_names(); sgd with momentum > 0: with momentum
  double momentum = 0;       // in [0, 1), of sgd, nesterov (above 0), lars, larc
  double weight_decay = 0;   // 0 or more
  // Of adam, adamw and lamb: in [0, 1), above 0. Of lamb, TensorFlow Addons and Apex have an
  // epsilon of 1e-6.
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double trust = 0.001;  // of lars and larc, above 0 (You: 0.001; Apex's default is 0.02)
};

struct OptimizerTensor {
  std::int64_t elements = 0;
  bool one_dimensional = false;
};

// What a step does with gradients besides the formula of the optimizer.
struct UpdateFactors {
  double scale = 1;  // multiplies every gradient first: 1 / workers turns the sum into the mean
  double lr = 0;
  double momentum_correction = 1;  // multiplies the momentum coefficient in this step alone
  std::int64_t number = 0;         // of the step, from 1; 0: one more than steps()
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Updates the parameters [begin, end), which are whole tensors; a step is complete, and counts,
  // when the last tensor is updated. The gradients are those of all tensors or those of the range
  // alone. REQUIRES: sizes that fit, in the memory of the optimizer's backend; lr > 0; numbers are
  // finite.
  virtual void update(const Tensor& parameters, const Tensor& gradients,
                      const UpdateFactors& factors, std::int64_t begin, std::int64_t end) = 0;
  // All of them: a whole step.
  void step(const Tensor& parameters, const Tensor& gradients, const UpdateFactors& factors) {
    update(parameters, gradients, factors, 0, parameters.elements);
  }

  // The slots (momentum, or first and then second moments), one behind the other, and the
  // number of steps taken: what a checkpoint must keep.
  [[nodiscard]] virtual Tensor state() = 0;
  [[nodiscard]] virtual std::int64_t steps() const = 0;
  virtual void set_steps(std::int64_t steps) = 0;  // REQUIRES: steps >= 0
};

// Throws Error::input for an unknown name or a number outside its range.
void expect_optimizer(const OptimizerOptions& options);

const std::vector<std::string>& optimizer_names();

// Floats kept per parameter: 0 plain SGD, 1 with momentum, 2 adam, adamw and lamb.
int optimizer_slots(const OptimizerOptions& options);

// Whether it needs norms of whole tensors: lars, larc and lamb. Who has a part of a tensor cannot
// take its step.
bool is_layerwise(const OptimizerOptions& options);

// How often a step goes over fp32 arrays of a number per parameter besides the least, which is to
// read the gradient and to read and write the parameter and the slots. lamb reads parameters and
// both moments twice, to make u again and not keep it: 10 passes in all (NVIDIA Apex, which keeps u
// in place of the gradient, 12). The passes for the norms of lars and larc are not counted.
int repeated_passes(const OptimizerOptions& options);

// Memory traffic of a step over so many parameters where all numbers are fp32.
Bytes optimizer_traffic(const OptimizerOptions& options, std::int64_t parameters);

// Whether the velocity holds the learning rate, so that Goyal's momentum correction is due.
bool velocity_holds_rate(const OptimizerOptions& options);

// The tensors of a model as an optimizer wants them, in the order of Executor::parameters().
std::vector<OptimizerTensor> optimizer_tensors(const Model& model);

}  // namespace rehearse
