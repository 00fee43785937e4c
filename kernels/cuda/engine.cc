#include "kernels/cuda/engine.h"

#include <string>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse::cuda {

ElementType element_type(Precision precision) {
  switch (precision) {
    case Precision::fp32:
    case Precision::tf32:
      return ElementType::float32;
    case Precision::bf16:
      return ElementType::bfloat16;
    case Precision::fp16:
      return ElementType::float16;
    case Precision::fp8:
    case Precision::mxfp8:
    case Precision::nvfp4:
      break;
  }
  throw Error::input("cannot train in " + std::string(to_text(precision)) + " on a GPU",
                     "it can be predicted, but not trained here",
                     "set training.precision to 'fp32', 'tf32', 'bf16' or 'fp16', or use "
                     "'predict'");
}

GraphType graph_type(ElementType type) {
  EXPECTS(type == ElementType::float32 || type == ElementType::float16 ||
          type == ElementType::bfloat16);
  if (type == ElementType::float32) return GraphType::float32;
  return type == ElementType::float16 ? GraphType::float16 : GraphType::bfloat16;
}

}  // namespace rehearse::cuda
