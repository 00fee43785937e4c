// Products of matrices by cuBLASLt. Which of the library's algorithms computes a product is asked
// once for each (Product) and remembered. Includes nothing of CUDA.
#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include "kernels/cuda/cuda_context.h"
#include "kernels/cuda/product.h"

namespace rehearse::cuda {

struct ProductOperands {
  const void* a = nullptr;
  const void* b = nullptr;
  void* c = nullptr;
  // Aligned to 16 bytes, where the epilogue has them:
  void* vector = nullptr;     // bias or its gradient, of the type of C
  void* auxiliary = nullptr;  // as C
  float alpha = 1;
};

class Products {
 public:
  // NVIDIA recommends so much workspace for Hopper (cuBLAS library, "cublasSetWorkspace"). The
  // workspace of the context grows to it at once, so that no product waits for it.
  static constexpr std::size_t kWorkspace = std::size_t{32} << 20;

  explicit Products(CudaContext& context);
  ~Products();
  Products(const Products&) = delete;
  Products& operator=(const Products&) = delete;

  // Whether the library takes the product (library_takes) and has an algorithm; some it computes
  // only without their epilogue.
  [[nodiscard]] bool can_run(const Product& product);
  // Puts the product into the stream. Throws Error::environment where the library has no algorithm.
  // REQUIRES: addresses as aligned as the product says.
  void run(const Product& product, const ProductOperands& operands);

 private:
  struct Made;
  Made& get(const Product& product);

  CudaContext& context_;
  std::map<Product, std::unique_ptr<Made>> made_;
};

}  // namespace rehearse::cuda
