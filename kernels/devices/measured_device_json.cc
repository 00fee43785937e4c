#include "base/error.h"
#include "base/json_reader.h"
#include "base/quantity_text.h"
#include "kernels/devices/beside_others.h"
#include "kernels/devices/measured_device_reader.h"

namespace rehearse {
namespace {

Bandwidth positive_rate(ObjectReader& reader, std::string_view key) {
  const Bandwidth rate = reader.bandwidth(key);
  if (rate > Bandwidth(0)) return rate;
  throw reader.error_at(key, "it must be more than zero");
}

// A standard error of ln(device time): above 2 the interval spans a factor of 170.
double read_drift(ObjectReader& reader) {
  constexpr double kMost = 2;
  return reader.optional_number("drift", 0, kMost).value_or(0);
}

void expect_no_faster_beside_others(const ObjectReader& reader, const char* key, Duration alone,
                                    Duration busy) {
  if (!faster_beside_others(alone, busy)) return;
  throw reader.error_at(
      key, "it took " + to_text(alone) + " alone and " + to_text(busy) + " beside busy devices",
      "others make nothing faster: one of the two was not measured well",
      "measure again with rehearse calibrate");
}

// A direction: seconds, operations and bytes as plain numbers, since files hold hundreds of them.
void read_direction(ObjectReader& layer, const char* key, MeasuredTime& time, Work& work) {
  auto reader = layer.optional_object(key);
  if (!reader) return;
  constexpr double kLongest = 1e6;
  time.alone = Duration(reader->number("alone_s", 0, kLongest));
  time.busy = Duration(reader->number("busy_s", 0, kLongest));
  time.spread = reader->optional_number("spread", 0, 1e3).value_or(0);
  expect_no_faster_beside_others(*reader, "alone_s", time.alone, time.busy);
  if (const auto warm = reader->optional_number("warm_s", 0, kLongest)) time.warm = Duration(*warm);
  work.flops = Flops(reader->number("flops", 0, 1e21));
  work.bytes = Bytes(reader->number("bytes", 0, 1e18));
  reader->finish();
}

std::vector<SpeedDeviation> read_speeds(ObjectReader& device) {
  std::vector<SpeedDeviation> speeds;
  if (!device.has("speeds")) return speeds;
  for (ObjectReader& reader : device.objects("speeds")) {
    const SpeedDeviation speed{reader.duration("lag"), reader.number("cv", 0, 2)};
    if (!(speed.lag > (speeds.empty() ? Duration(0) : speeds.back().lag))) {
      throw reader.error_at("lag", "lags must grow from above zero");
    }
    reader.finish();
    speeds.push_back(speed);
  }
  return speeds;
}

std::vector<ThreadSpeed> read_scaling(ObjectReader& device) {
  constexpr double kMost = 1e4;
  std::vector<ThreadSpeed> scaling;
  if (!device.has("thread_scaling")) return scaling;
  for (ObjectReader& reader : device.objects("thread_scaling")) {
    const ThreadSpeed speed{static_cast<int>(reader.integer("threads", 1, 4096)),
                            reader.number("slower", 1 / kMost, kMost)};
    if (!scaling.empty() && speed.threads <= scaling.back().threads) {
      throw reader.error_at("threads", "numbers of threads must grow");
    }
    reader.finish();
    scaling.push_back(speed);
  }
  return scaling;
}

}  // namespace

MeasuredDevice read_measured_device(ObjectReader reader) {
  MeasuredDevice device;
  device.threads = static_cast<int>(reader.integer("threads", 1, 4096));
  device.devices = static_cast<int>(reader.integer("devices", 1, 4096));
  device.shares_core = reader.boolean("shares_core");
  device.wake_up = reader.optional_duration("wake_up").value_or(Duration(0));
  device.fixed_work_alone = reader.optional_duration("fixed_work").value_or(Duration(0));
  device.fixed_work_busy =
      reader.optional_duration("fixed_work_busy").value_or(device.fixed_work_alone);
  expect_no_faster_beside_others(reader, "fixed_work", device.fixed_work_alone,
                                 device.fixed_work_busy);
  device.drift = read_drift(reader);
  device.speeds = read_speeds(reader);
  device.scaling = read_scaling(reader);
  device.update_alone = positive_rate(reader, "update_bandwidth");
  device.update_busy = positive_rate(reader, "update_bandwidth_busy");
  constexpr Bytes kUpdated(1e9);
  expect_no_faster_beside_others(reader, "update_bandwidth", kUpdated / device.update_alone,
                                 kUpdated / device.update_busy);
  for (ObjectReader& layer : reader.objects("layers")) {
    const std::string key = layer.string("layer");
    const std::int64_t batch = layer.integer("batch", 1, 1'000'000);
    MeasuredLayer measured;
    read_direction(layer, "forward", measured.forward, measured.forward_work);
    read_direction(layer, "backward_data", measured.backward_data, measured.backward_data_work);
    read_direction(layer, "backward_weights", measured.backward_weights,
                   measured.backward_weights_work);
    layer.finish();
    device.layers.add(key, batch, measured);
  }
  reader.finish();
  return device;
}

}  // namespace rehearse
