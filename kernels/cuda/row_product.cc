#include "kernels/cuda/row_product.h"

#include <algorithm>

namespace rehearse::cuda {
namespace {

MatrixSpec matrix(const RowProduct& of, std::int64_t stride, bool transposed = false) {
  return {.type = of.type, .stride = stride, .transposed = transposed, .alignment = of.alignment};
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
          .a = matrix(of, of.in),
          .b = matrix(of, of.in, true),
          .c = matrix(of, of.out),
          .narrow = of.narrow,
          .epilogue = epilogue_of(bias, relu)};
}

Product gelu_product(const RowProduct& of, bool bias) {
  Product product = forward_product(of, bias, false);
  product.epilogue = bias ? Epilogue::bias_gelu : Epilogue::gelu;
  return product;
}

Product weights_product(const RowProduct& of, const void* to, bool adds) {
  MatrixSpec result = matrix(of, of.in);
  result.type = ElementType::float32;
  result.alignment = std::min(kVector, alignment_of(to));
  return {.rows = of.out,
          .columns = of.in,
          .inner = of.rows,
          .a = matrix(of, of.out, true),
          .b = matrix(of, of.in),
          .c = result,
          .adds = adds,
          .narrow = of.narrow};
}

Product data_product(const RowProduct& of) {
  return {.rows = of.rows,
          .columns = of.in,
          .inner = of.out,
          .a = matrix(of, of.out),
          .b = matrix(of, of.in),
          .c = matrix(of, of.in),
          .narrow = of.narrow};
}

Product gelu_data_product(const RowProduct& of) {
  Product product = data_product(of);
  product.epilogue = Epilogue::gelu_gradient;
  return product;
}

}  // namespace rehearse::cuda
