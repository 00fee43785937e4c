#include "kernels/cuda/row_product.h"

#include <algorithm>

namespace rehearse::cuda {
namespace {

MatrixSpec matrix(ElementType type, std::int64_t stride, bool transposed = false) {
  return {.type = type, .stride = stride, .transposed = transposed, .alignment = kVector};
}

Epilogue epilogue_of(bool bias, bool relu) {
  if (bias) return relu ? Epilogue::bias_relu : Epilogue::bias;
  return relu ? Epilogue::relu : Epilogue::none;
}

}  // namespace

int alignment_of(ElementType type, std::initializer_list<std::int64_t> elements) {
  std::int64_t bits = kVector;
  for (const std::int64_t count : elements) bits |= count * element_bytes(type);
  return static_cast<int>(bits & -bits);  // the lowest bit that is set
}

Product forward_product(const RowProduct& of, bool bias, bool relu) {
  return {.rows = of.rows,
          .columns = of.out,
          .inner = of.in,
          .a = matrix(of.type, of.in),
          .b = matrix(of.type, of.in, true),
          .c = matrix(of.type, of.out),
          .narrow = of.narrow,
          .epilogue = epilogue_of(bias, relu)};
}

Product weights_product(const RowProduct& of, const float* to, bool adds) {
  MatrixSpec result = matrix(ElementType::float32, of.in);
  result.alignment = std::min(kVector, alignment_of(to));
  return {.rows = of.out,
          .columns = of.in,
          .inner = of.rows,
          .a = matrix(of.type, of.out, true),
          .b = matrix(of.type, of.in),
          .c = result,
          .adds = adds,
          .narrow = of.narrow};
}

Product data_product(const RowProduct& of) {
  return {.rows = of.rows,
          .columns = of.in,
          .inner = of.out,
          .a = matrix(of.type, of.out),
          .b = matrix(of.type, of.in),
          .c = matrix(of.type, of.in),
          .narrow = of.narrow};
}

}  // namespace rehearse::cuda
