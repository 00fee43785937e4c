#include "calibrate/gpu/gpu_state.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <vector>

#include "base/contract.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = line.find(',', begin);
    fields.push_back(trimmed(line.substr(begin, end - begin)));
    if (end == std::string::npos) return fields;
    begin = end + 1;
  }
}

double number_or_zero(const std::string& text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() && end == text.data() + text.size() ? value : 0;
}

struct ClosePipe {
  void operator()(std::FILE* pipe) const { pclose(pipe); }
};

}  // namespace

std::optional<GpuState> parse_gpu_state(const std::string& line) {
  const std::vector<std::string> fields = fields_of(line);
  constexpr std::size_t kFields = 6;
  if (fields.size() != kFields || fields[0].empty()) return std::nullopt;
  return GpuState{.driver = fields[0],
                  .clock_mhz = number_or_zero(fields[1]),
                  .most_clock_mhz = number_or_zero(fields[2]),
                  .power_watts = number_or_zero(fields[3]),
                  .limit_watts = number_or_zero(fields[4]),
                  .celsius = number_or_zero(fields[5])};
}

std::optional<GpuState> gpu_state(const std::string& bus) {
  EXPECTS(bus.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos);
  const std::string command =
      "nvidia-smi --query-gpu=driver_version,clocks.sm,clocks.max.sm,power.draw,power.limit,"
      "temperature.gpu --format=csv,noheader,nounits -i " +
      bus + " 2>/dev/null";
  const std::unique_ptr<std::FILE, ClosePipe> pipe(popen(command.c_str(), "r"));
  if (pipe == nullptr) return std::nullopt;
  std::array<char, 512> line{};
  if (std::fgets(line.data(), static_cast<int>(line.size()), pipe.get()) == nullptr) {
    return std::nullopt;
  }
  return parse_gpu_state(line.data());
}

std::string to_text(const GpuState& state) {
  return significant(state.clock_mhz, 4) + " of " + significant(state.most_clock_mhz, 4) +
         " MHz, " + significant(state.power_watts, 3) + " of " + significant(state.limit_watts, 3) +
         " W, " + significant(state.celsius, 3) + " C";
}

}  // namespace rehearse
