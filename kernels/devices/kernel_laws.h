// All laws of a device (kernels/devices/kernel_law.h), and which of them a kernel is asked of.
//
//   const std::optional<KernelTime> time = laws.time(query, Precision::bf16);
//
// Of several libraries with a law of the kind and precision those come first whose kernels cover
// the query (direction and size), then those whose kernels ran as a training step runs them:
//
//   transformer-engine cudnn cublas mkl rocblas miopen pytorch other vllm llmcompass-pytorch
//   tensorrt-llm
//
// The last are inference engines: on B200 the law of TensorRT-LLM's products is 31 % too fast for
// those of training runs, and on A100 10 % too slow for those of vLLM (docs/studies/kernels.md).
// A law of fp16 stands for bf16 and the reverse where only one is known: matrix units run them at
// the same rate; for the same reason a law of fp8 stands for mxfp8. A law of rows stands for every
// precision, since memory bounds it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/devices/kernel_law.h"

namespace rehearse {

struct KernelLaws {
  std::vector<KernelLaw> laws;
  // Whether layers of image networks follow these laws as well; if not, they follow the roofline of
  // kernels/devices/cost_model.h, whose parameters were chosen by whole steps.
  bool for_layers = false;

  // Null if there is none of the kind and precision.
  [[nodiscard]] const KernelLaw* find(const KernelQuery& query, Precision precision) const;

  [[nodiscard]] std::optional<KernelTime> time(const KernelQuery& query, Precision precision) const;

  // The middle of it without the launch of the law: what a kernel of a step takes, whose launch
  // belongs to the framework, and which waits for no measurement. A product comes as rows x
  // features; libraries of column-major matrices (cuBLAS, rocBLAS, MKL) list it the other way
  // round.
  [[nodiscard]] std::optional<Duration> time_beyond_launch(KernelQuery query,
                                                           Precision precision) const;
};

// Whether a library's kernels ran as in training: smaller is nearer. Unknown words are in between.
int distance_from_training(const std::string& library);

class JsonDocument;
class ObjectReader;

// The value of "kernels" in a device profile: an object with `laws`, or the path of a file of the
// format rehearse-kernels-1, from the folder of the profile. `processors`: the device's. Strict, as
// read_device_profile.
KernelLaws read_kernel_laws(ObjectReader& device, double processors);

// Such a file by itself.
KernelLaws read_kernels_file(const JsonDocument& file, double processors);

}  // namespace rehearse
