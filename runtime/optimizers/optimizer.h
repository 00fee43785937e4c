// What turns an averaged gradient into a step of the parameters.
//
// Formulas, with g the gradient after scaling plus weight_decay * w (PyTorch's conventions):
//   sgd       w -= lr g
//   momentum  v = m c v + g;  w -= lr v           (Sutskever et al. 2013, PyTorch's form)
//   nesterov  v = m c v + g;  w -= lr (g + m c v)
//   adam      Kingma and Ba, arXiv:1412.6980, algorithm 1 with bias correction
//   lars      You et al., arXiv:1708.03888: v = m v + lr trust |w| / (|g| + weight_decay |w|)
//             (g + weight_decay w), w -= v, per tensor
//   larc      as lars, with the local rate clipped to lr (NVIDIA Apex LARC)
// c is the momentum correction of a rate that changed (Goyal et al., arXiv:1706.02677, remark 2:
// c = lr_t / lr_{t-1} for a v that has lr folded out; 1 where nothing changed). One-dimensional
// tensors (biases, batch normalisation) get no LARS/LARC scaling and no weight decay under them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rehearse {

struct OptimizerOptions {
  std::string name = "sgd";  // sgd (momentum > 0: with momentum), nesterov, adam, lars, larc
  double momentum = 0;       // of sgd, nesterov, lars, larc
  double weight_decay = 0;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // of adam
  double trust = 0.001;                               // of lars and larc
};

struct OptimizerTensor {
  std::int64_t elements = 0;
  bool one_dimensional = false;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // `scale` multiplies every gradient first (1 / workers turns the sum into the mean).
  // REQUIRES: both spans have the size of all tensors together.
  virtual void step(std::span<float> parameters, std::span<const float> gradients, double scale,
                    double lr, double momentum_correction) = 0;

  // The slots (momentum, Adam's moments), one behind the other, and the number of steps taken: what
  // a checkpoint must keep.
  [[nodiscard]] virtual std::span<float> state() = 0;
  [[nodiscard]] virtual std::int64_t steps() const = 0;
  virtual void set_steps(std::int64_t steps) = 0;
};

// Throws Error::input for an unknown name or a number outside its range. Element-wise loops use
// `threads` threads; results do not depend on it.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          std::vector<OptimizerTensor> tensors, int threads = 1);

const std::vector<std::string>& optimizer_names();

// Floats kept per parameter: 0 plain SGD, 1 with momentum, 2 Adam.
int optimizer_slots(const OptimizerOptions& options);

}  // namespace rehearse
