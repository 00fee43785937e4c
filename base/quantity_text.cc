#include "base/quantity_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <span>

#include "base/error.h"

namespace rehearse {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kKi = 1024.0;
constexpr std::array kTime{Unit{"ns", 1e-9}, Unit{"us", 1e-6}, Unit{"µs", 1e-6}, Unit{"ms", 1e-3},
                           Unit{"s", 1},     Unit{"min", 60},  Unit{"h", 3600},  Unit{"d", 86400}};
constexpr std::array kSize{Unit{"B", 1},
                           Unit{"kB", 1e3},
                           Unit{"KB", 1e3},
                           Unit{"MB", 1e6},
                           Unit{"GB", 1e9},
                           Unit{"TB", 1e12},
                           Unit{"PB", 1e15},
                           Unit{"KiB", kKi},
                           Unit{"MiB", kKi* kKi},
                           Unit{"GiB", kKi* kKi* kKi},
                           Unit{"TiB", kKi* kKi* kKi* kKi}};
constexpr std::array kBandwidth{Unit{"B/s", 1},          Unit{"kB/s", 1e3},
                                Unit{"MB/s", 1e6},       Unit{"GB/s", 1e9},
                                Unit{"TB/s", 1e12},      Unit{"KiB/s", kKi},
                                Unit{"MiB/s", kKi* kKi}, Unit{"GiB/s", kKi* kKi* kKi},
                                Unit{"bit/s", 0.125},    Unit{"kbit/s", 0.125e3},
                                Unit{"Mbit/s", 0.125e6}, Unit{"Gbit/s", 0.125e9},
                                Unit{"Tbit/s", 0.125e12}};
constexpr std::array kFlopRate{Unit{"FLOP/s", 1},    Unit{"kFLOP/s", 1e3},  Unit{"MFLOP/s", 1e6},
                               Unit{"GFLOP/s", 1e9}, Unit{"TFLOP/s", 1e12}, Unit{"PFLOP/s", 1e15},
                               Unit{"EFLOP/s", 1e18}};

// Beyond these, in the base unit, sums and quotients of what a scenario says are no numbers any
// more.
constexpr double kMost = 1e30;
constexpr double kSlowest = 1e-6;  // per second, of rates

double parse(std::string_view text, std::span<const Unit> units, const char* kind,
             const char* example) {
  const std::string shown = "'" + std::string(text) + "' is not a " + kind;
  double number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status != std::errc() || end == text.data()) {
    throw Error::input(shown, "no number in front", std::string("write for example ") + example);
  }
  if (!std::isfinite(number)) throw Error::input(shown, "the number is not finite");
  if (number < 0) throw Error::input(shown, "it is negative");
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const Unit& known : units) {
    if (known.name != unit) continue;
    const double value = number * known.factor;
    if (!(value <= kMost)) throw Error::input(shown, "it is too large");
    return value;
  }
  throw Error::input(
      shown, unit.empty() ? "the unit is missing" : "unknown unit '" + std::string(unit) + "'",
      std::string("write for example ") + example);
}

// The largest unit of an ascending list that keeps the number at 1 or above.
std::string print(double value, std::span<const Unit> ascending) {
  const Unit* best = &ascending.front();
  for (const Unit& unit : ascending) {
    if (std::abs(value) >= unit.factor * 0.9995) best = &unit;
  }
  return significant(value / best->factor) + " " + std::string(best->name);
}

double parse_rate(std::string_view text, std::span<const Unit> units, const char* kind,
                  const char* example) {
  const double value = parse(text, units, kind, example);
  if (value == 0 || value >= kSlowest) return value;
  throw Error::input("'" + std::string(text) + "' is not a " + kind, "it is too small");
}

}  // namespace

Duration parse_duration(std::string_view text) {
  return Duration(parse(text, kTime, "time", "\"5 ms\""));
}
Bytes parse_bytes(std::string_view text) { return Bytes(parse(text, kSize, "size", "\"64 MiB\"")); }
Bandwidth parse_bandwidth(std::string_view text) {
  return Bandwidth(parse_rate(text, kBandwidth, "bandwidth", "\"25 GB/s\" or \"100 Gbit/s\""));
}
FlopRate parse_flop_rate(std::string_view text) {
  return FlopRate(parse_rate(text, kFlopRate, "arithmetic rate", "\"9.3 TFLOP/s\""));
}

std::string to_text(Duration value) {
  static constexpr std::array kUnits{Unit{"ns", 1e-9}, Unit{"us", 1e-6}, Unit{"ms", 1e-3},
                                     Unit{"s", 1},     Unit{"min", 60},  Unit{"h", 3600}};
  if (value == Duration(0)) return "0 s";
  return print(value.value(), kUnits);
}
std::string to_text(Bytes value) {
  static constexpr std::array kUnits{Unit{"B", 1},    Unit{"kB", 1e3},  Unit{"MB", 1e6},
                                     Unit{"GB", 1e9}, Unit{"TB", 1e12}, Unit{"PB", 1e15}};
  return print(value.value(), kUnits);
}
std::string to_text(Bandwidth value) { return to_text(Bytes(value.value())) + "/s"; }
std::string to_text(Flops value) {
  static constexpr std::array kUnits{Unit{"FLOP", 1},     Unit{"kFLOP", 1e3},  Unit{"MFLOP", 1e6},
                                     Unit{"GFLOP", 1e9},  Unit{"TFLOP", 1e12}, Unit{"PFLOP", 1e15},
                                     Unit{"EFLOP", 1e18}, Unit{"ZFLOP", 1e21}};
  return print(value.value(), kUnits);
}
std::string to_text(FlopRate value) { return to_text(Flops(value.value())) + "/s"; }

std::string significant(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) {
    return value == 0 ? "0" : (std::isnan(value) ? "nan" : (value > 0 ? "inf" : "-inf"));
  }
  const auto magnitude = [](double x) {
    return static_cast<int>(std::floor(std::log10(std::abs(x))));
  };
  const double scale = std::pow(10.0, magnitude(value) - digits + 1);
  const double rounded = std::round(value / scale) * scale;
  const int decimals = std::max(0, digits - 1 - magnitude(rounded * (1 + 1e-12)));
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, rounded);
  return buffer.data();
}

}  // namespace rehearse
