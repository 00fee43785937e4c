// What the driver says of a GPU under way: clocks, power and temperature, by nvidia-smi, which
// comes with every driver.
#pragma once

#include <optional>
#include <string>

namespace rehearse {

struct GpuState {
  std::string driver;         // version
  double clock_mhz = 0;       // of the multiprocessors
  double most_clock_mhz = 0;  // that the GPU has at most
  double power_watts = 0;
  double limit_watts = 0;  // of power
  double celsius = 0;
};

// A line of `nvidia-smi --format=csv,noheader,nounits` with the fields of gpu_state(). What the GPU
// does not tell ("[N/A]") is 0. Nothing where the line has other fields.
std::optional<GpuState> parse_gpu_state(const std::string& line);

// Of the GPU at this place of the bus ("0000:1b:00.0"), now. Runs nvidia-smi, which takes some
// tenths of a second; nothing where there is none or it knows no such GPU. REQUIRES: the place has
// only hexadecimal digits, colons and dots.
std::optional<GpuState> gpu_state(const std::string& bus);

// "1755 of 1980 MHz, 612 of 700 W, 61 C"
std::string to_text(const GpuState& state);

}  // namespace rehearse
