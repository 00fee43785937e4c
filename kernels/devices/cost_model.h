// How long a layer takes on a device: a roofline with saturation.
//
//   time         = launch_overhead + factor * max(compute time, memory time)
//   memory time  = bytes / (memory_bandwidth * utilisation.memory)
//   compute time = flops / rate + ramp
//
// that is, a kernel of w operations runs at rate * w / (w + w_half) with w_half = ramp * rate. The
// roofline is Williams, Waterman and Patterson (CACM 52(4), 2009). The rate of a convolution or
// dense layer is the peak times
//
//   matrix: what large kernels of the vendor's library reach;
//   k / (k + short_reduction): short sums do not amortise the prologue of the inner loop; k is the
//     number of products per output;
//   n / (n rounded up to tile): idle lanes of the last tile of the n output features (NVIDIA,
//     "Matrix multiplication background user's guide", tile quantisation);
//   winograd: for 3x3 stride-1 convolutions in fp32, at most the 2.25 of F(2x2,3x3) (Lavin and
//     Gray, arXiv:1509.09308).
//
// A layer that is several kernels, each of which waits for the one before, takes the sum of their
// times, launches included: an LSTM is a product for the inputs of all steps, then a product and an
// element-wise kernel for each step (Appleyard, Kocisky and Blunsom, arXiv:1604.01946).
//
// Depthwise convolutions and all other layers compute at the fp32 peak, which seldom bounds them.
//
// Where kernels like those of a layer were measured on the device and its laws say that they hold
// for layers (KernelLaws::for_layers), convolutions and products of matrices take the time of their
// law (kernels/devices/kernel_law.h) instead, at least launch_overhead.
//
// A device that was calibrated on the machine itself has measured layer times, which come first. A
// layer that was not measured takes its work at the rates of measured layers of its kind and
// direction, weighted by nearness (kernels/devices/layer_interpolation.h). With a share b of the
// other devices of the node at work a time lies between the one measured alone and the one measured
// with all busy: alone + b (busy - alone).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "kernels/devices/device_profile.h"
#include "kernels/models/model.h"
#include "kernels/models/work.h"

namespace rehearse {

class CostModel {
 public:
  // `calibration_factor` scales device time, not launch overhead; `others_busy` is the share of the
  // other devices of the node that are at work. REQUIRES: calibration_factor > 0, others_busy in
  // [0, 1].
  explicit CostModel(DeviceProfile device, double calibration_factor = 1, double others_busy = 0);

  // Zero where there is no work. Throws Error::input when the device lacks `precision`.
  [[nodiscard]] Duration time(const Model& model, std::size_t layer, Direction direction,
                              std::int64_t batch, Precision precision) const;

  // The launches within it: launch_overhead for each kernel.
  [[nodiscard]] Duration launch_time(const Model& model, std::size_t layer, Direction direction,
                                     std::int64_t batch, Precision precision) const;

  // The optimizer's step, an element-wise kernel that moves `traffic`.
  [[nodiscard]] Duration stream_time(Bytes traffic) const;

  // What was measured under a key of kernels/devices/job_keys.h.
  [[nodiscard]] std::optional<Duration> measured(const std::string& key, std::int64_t batch) const;

  // Of kernels/devices/fixed_work.h when the device was calibrated; zero if that is not known.
  [[nodiscard]] Duration fixed_work() const;

  [[nodiscard]] const DeviceProfile& device() const { return device_; }
  [[nodiscard]] double calibration_factor() const { return factor_; }

 private:
  [[nodiscard]] Duration measured_time(const Model& model, std::size_t layer, Direction direction,
                                       std::int64_t batch, const Work& work) const;
  [[nodiscard]] Duration between(Duration alone, Duration busy) const;

  DeviceProfile device_;
  double factor_;
  double others_busy_;
};

struct LayerTimes {
  Duration forward, backward_data, backward_weights;
  Duration forward_launches{}, backward_launches{};  // within these times

  [[nodiscard]] Duration total() const { return forward + backward_data + backward_weights; }
};

LayerTimes times_of_layer(const CostModel& cost, const Model& model, std::size_t layer,
                          std::int64_t batch, Precision precision);

// One entry per layer of the model.
std::vector<LayerTimes> layer_times(const CostModel& cost, const Model& model, std::int64_t batch,
                                    Precision precision);

// Forward and backward of the whole model on one device.
Duration compute_time(const CostModel& cost, const Model& model, std::int64_t batch,
                      Precision precision);

// The factor with which compute_time plus stream_time(update) equals `measured_step`, a published
// step of one device: the only fitted number of a calibration. `update`: memory traffic of the
// optimizer; zero where the measured step has none. The factor of `cost` itself does not matter.
// Throws Error::input when the launch overheads alone exceed the measured step.
double calibration_factor(const CostModel& cost, const Model& model, std::int64_t batch,
                          Precision precision, Duration measured_step, Bytes update = Bytes(0));

}  // namespace rehearse
