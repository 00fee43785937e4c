#include "kernels/devices/kernel_laws.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

namespace rehearse {
namespace {

constexpr std::array<std::string_view, 11> kFromTraining = {"transformer-engine",
                                                            "cudnn",
                                                            "cublas",
                                                            "mkl",
                                                            "rocblas",
                                                            "miopen",
                                                            "pytorch",
                                                            "other",
                                                            "vllm",
                                                            "llmcompass-pytorch",
                                                            "tensorrt-llm"};

bool is_row_kind(KernelKind kind) {
  return kind == KernelKind::layernorm || kind == KernelKind::softmax ||
         kind == KernelKind::elementwise;
}

bool are_halves(Precision one, Precision other) {
  const auto is_half = [](Precision precision) {
    return precision == Precision::bf16 || precision == Precision::fp16;
  };
  return is_half(one) && is_half(other);
}

// 0: the same; larger: stands for it; nothing: does not.
std::optional<int> strangeness(const KernelLaw& law, KernelKind kind, Precision precision) {
  if (law.kind != kind) return std::nullopt;
  if (law.precision == precision) return 0;
  if (are_halves(law.precision, precision)) return 1;
  if (law.precision == Precision::fp8 && precision == Precision::mxfp8) return 1;
  if (is_row_kind(kind)) return 2;
  return std::nullopt;
}

}  // namespace

int distance_from_training(const std::string& library) {
  const auto* const found = std::find(kFromTraining.begin(), kFromTraining.end(), library);
  if (found != kFromTraining.end()) return static_cast<int>(found - kFromTraining.begin());
  return distance_from_training("other");
}

const KernelLaw* KernelLaws::find(const KernelQuery& query, Precision precision) const {
  const KernelLaw* best = nullptr;
  std::tuple<int, int, int> least;
  for (const KernelLaw& law : laws) {
    const auto strange = strangeness(law, query.kind(), precision);
    if (!strange) continue;
    const std::tuple<int, int, int> rank{*strange, law.covers(query) ? 0 : 1,
                                         distance_from_training(law.library)};
    if (best == nullptr || rank < least) {
      best = &law;
      least = rank;
    }
  }
  return best;
}

std::optional<KernelTime> KernelLaws::time(const KernelQuery& query, Precision precision) const {
  const KernelLaw* law = find(query, precision);
  if (law == nullptr) return std::nullopt;
  if (!is_row_kind(law->kind) || law->precision == precision) return law->time(query);
  KernelLaw stored = *law;
  stored.precision = precision;
  return stored.time(query);
}

std::optional<Duration> KernelLaws::time_beyond_launch(KernelQuery query,
                                                       Precision precision) const {
  if (is_row_kind(query.kind()) && element_size(precision) < Bytes(2)) precision = Precision::bf16;
  const KernelLaw* law = find(query, precision);
  if (law == nullptr) return std::nullopt;
  const bool by_columns =
      law->library == "cublas" || law->library == "rocblas" || law->library == "mkl";
  if (auto* product = std::get_if<ProductShape>(&query.shape); product != nullptr && by_columns) {
    std::swap(product->m, product->n);
  }
  const std::optional<KernelTime> found = time(query, precision);
  return std::max(Duration(0), found->p50 - law->launch);
}

}  // namespace rehearse
