// The numbers of a kernel law that a fit may change, as logarithms in a vector.
#pragma once

#include <vector>

#include "calibrate/fits/kernel_fit.h"
#include "kernels/devices/kernel_law.h"

namespace rehearse {

// A form of a law: which parameters it has and what is known of it.
struct LawForm {
  bool tiles = false;
  int most_splits = 1;
  bool winograd = false;
  bool sharp_edge = false;
  bool streams = false;
};

// The forms that are tried for rows of a kind, the simplest first.
std::vector<LawForm> forms_of(const std::vector<KernelRow>& rows, const DeviceFacts& facts);

class LawParameters {
 public:
  // REQUIRES: rows not empty, of one kind and precision.
  LawParameters(const std::vector<KernelRow>& rows, const DeviceFacts& facts, const LawForm& form);

  // The starts of a search; the first is the likeliest.
  [[nodiscard]] const std::vector<std::vector<double>>& starts() const { return starts_; }
  [[nodiscard]] const std::vector<double>& steps() const { return steps_; }

  // Numbers outside their bounds are taken as the bounds.
  [[nodiscard]] KernelLaw law(const std::vector<double>& numbers) const;
  // Zero within the bounds; grows with the distance from them.
  [[nodiscard]] double outside(const std::vector<double>& numbers) const;

 private:
  enum class Name { rate, bandwidth, launch, tile, ramp, block, winograd, wide, direction };
  struct Parameter {
    Name name;
    double least, most;
    std::size_t direction = 0;
  };
  void add(Name name, double start, double step, double least, double most,
           std::size_t direction = 0);
  void add_starts();
  void add_directions(const std::vector<KernelRow>& rows);

  KernelLaw fixed_;
  std::vector<Parameter> parameters_;
  std::vector<std::vector<double>> starts_{{}};
  std::vector<double> steps_;
};

}  // namespace rehearse
