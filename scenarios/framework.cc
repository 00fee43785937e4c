#include "scenarios/framework.h"

namespace rehearse {

Framework default_framework(bool horovod_keys, bool accelerator) {
  if (horovod_keys) return Framework::horovod;
  return accelerator ? Framework::pytorch : Framework::none;
}

AllReduceOptions::Batching default_batching(Framework framework) {
  return framework == Framework::horovod ? AllReduceOptions::Batching::horovod
                                         : AllReduceOptions::Batching::buckets;
}

Bytes default_fusion(Framework framework, AllReduceOptions::Batching batching, int gradient_bytes) {
  constexpr double kMiB = 1024.0 * 1024;
  constexpr double kMegatronElements = 40e6;
  constexpr double kDeepSpeedElements = 5e8;
  if (batching == AllReduceOptions::Batching::horovod) return Bytes(64 * kMiB);
  if (batching == AllReduceOptions::Batching::priority) return Bytes(4 * kMiB);
  switch (framework) {
    case Framework::tensorflow:
      return Bytes(0);
    case Framework::megatron:
      return Bytes(kMegatronElements * gradient_bytes);
    case Framework::deepspeed:
      return Bytes(kDeepSpeedElements * gradient_bytes);
    case Framework::horovod:
    case Framework::pytorch:
    case Framework::none:
      break;
  }
  return Bytes(25 * kMiB);
}

Bytes framework_memory(bool accelerator, Bytes allocated) {
  constexpr Bytes kProcess(72e6);
  if (!accelerator) return kProcess;
  constexpr Bytes kContext(1e9);
  constexpr double kLost = 0.05;
  return kContext + kLost * allocated;
}

int stored_bytes(Precision precision) {
  return precision == Precision::fp32 || precision == Precision::tf32 ? 4 : 2;
}

int default_gradient_bytes(Framework framework, Precision precision) {
  const bool fp32 = framework == Framework::horovod || framework == Framework::megatron;
  return fp32 ? 4 : stored_bytes(precision);
}

}  // namespace rehearse
