#include "kernels/cuda/products.h"

#include <string>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/cuda/cuda_check.h"

namespace rehearse::cuda {
namespace {

cudaDataType_t library_type(ElementType type) {
  EXPECTS(type == ElementType::float32 || type == ElementType::float16 ||
          type == ElementType::bfloat16);
  if (type == ElementType::float32) return CUDA_R_32F;
  return type == ElementType::float16 ? CUDA_R_16F : CUDA_R_16BF;
}

cublasLtEpilogue_t library_epilogue(Epilogue epilogue) {
  switch (epilogue) {
    case Epilogue::none:
      return CUBLASLT_EPILOGUE_DEFAULT;
    case Epilogue::relu:
      return CUBLASLT_EPILOGUE_RELU;
    case Epilogue::bias:
      return CUBLASLT_EPILOGUE_BIAS;
    case Epilogue::bias_relu:
      return CUBLASLT_EPILOGUE_RELU_BIAS;
    case Epilogue::gelu:
      return CUBLASLT_EPILOGUE_GELU_AUX;
    case Epilogue::bias_gelu:
      return CUBLASLT_EPILOGUE_GELU_AUX_BIAS;
    case Epilogue::gelu_gradient:
      return CUBLASLT_EPILOGUE_DGELU;
    case Epilogue::bias_gradient:
      break;
  }
  return CUBLASLT_EPILOGUE_BGRADB;  // A is the library's second matrix
}

// Of what an epilogue reads or writes: what the widest loads of a GPU take.
constexpr std::uintptr_t kVectorAlignment = 16;

// Owners of the library's descriptions.
class LayoutOf {
 public:
  LayoutOf(const LibraryMatrix& matrix, const MatrixSpec& spec, std::int64_t batch) {
    check(cublasLtMatrixLayoutCreate(&handle_, library_type(spec.type),
                                     static_cast<std::uint64_t>(matrix.rows),
                                     static_cast<std::uint64_t>(matrix.columns), matrix.stride),
          "describe a matrix to cuBLASLt");
    if (batch == 1) return;
    const auto count = static_cast<std::int32_t>(batch);
    set(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, count);
    set(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, spec.batch_stride);
  }
  ~LayoutOf() { cublasLtMatrixLayoutDestroy(handle_); }
  LayoutOf(const LayoutOf&) = delete;
  LayoutOf& operator=(const LayoutOf&) = delete;

  [[nodiscard]] cublasLtMatrixLayout_t handle() const { return handle_; }

 private:
  template <class Value>
  void set(cublasLtMatrixLayoutAttribute_t name, const Value& value) {
    check(cublasLtMatrixLayoutSetAttribute(handle_, name, &value, sizeof(value)),
          "describe a batch of matrices to cuBLASLt");
  }

  cublasLtMatrixLayout_t handle_ = nullptr;
};

class Description {
 public:
  Description(const Product& product, const LibraryProduct& library) {
    const bool narrow = product.narrow && product.a.type == ElementType::float32;
    check(cublasLtMatmulDescCreate(
              &handle_, narrow ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F, CUDA_R_32F),
          "describe a product to cuBLASLt");
    set(CUBLASLT_MATMUL_DESC_TRANSA, operation(library.first));
    set(CUBLASLT_MATMUL_DESC_TRANSB, operation(library.second));
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, library_epilogue(product.epilogue));
    if (has_vector(product.epilogue)) {
      const auto type = static_cast<std::int32_t>(library_type(product.c.type));
      set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, type);
    }
    if (has_auxiliary(product.epilogue)) {
      set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, std::int64_t{library.result.stride});
    }
    // The choice of an algorithm reads how addresses are aligned, and not what is there.
    void* const aligned = reinterpret_cast<void*>(kVectorAlignment);
    set_addresses(product.epilogue, aligned, aligned);
  }
  ~Description() { cublasLtMatmulDescDestroy(handle_); }
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;

  // Of what the epilogue has.
  void set_addresses(Epilogue epilogue, void* vector, void* auxiliary) {
    if (has_vector(epilogue)) set_address(CUBLASLT_MATMUL_DESC_BIAS_POINTER, vector);
    if (has_auxiliary(epilogue)) {
      set_address(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, auxiliary);
    }
  }
  [[nodiscard]] cublasLtMatmulDesc_t handle() const { return handle_; }

 private:
  static cublasOperation_t operation(const LibraryMatrix& matrix) {
    return matrix.transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  }
  void set_address(cublasLtMatmulDescAttributes_t name, void* address) {
    EXPECTS(alignment_of(address) >= static_cast<int>(kVectorAlignment));
    set(name, address);
  }
  template <class Value>
  void set(cublasLtMatmulDescAttributes_t name, const Value& value) {
    check(cublasLtMatmulDescSetAttribute(handle_, name, &value, sizeof(value)),
          "describe a product to cuBLASLt");
  }

  cublasLtMatmulDesc_t handle_ = nullptr;
};

class Preference {
 public:
  explicit Preference(const Product& product) {
    check(cublasLtMatmulPreferenceCreate(&handle_), "describe a preference to cuBLASLt");
    set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{Products::kWorkspace});
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, bytes(product.b));
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, bytes(product.a));
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, bytes(product.c));
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, bytes(product.c));
  }
  ~Preference() { cublasLtMatmulPreferenceDestroy(handle_); }
  Preference(const Preference&) = delete;
  Preference& operator=(const Preference&) = delete;

  [[nodiscard]] cublasLtMatmulPreference_t handle() const { return handle_; }

 private:
  static std::uint32_t bytes(const MatrixSpec& matrix) {
    return static_cast<std::uint32_t>(matrix.alignment);
  }
  template <class Value>
  void set(cublasLtMatmulPreferenceAttributes_t name, const Value& value) {
    check(cublasLtMatmulPreferenceSetAttribute(handle_, name, &value, sizeof(value)),
          "describe a preference to cuBLASLt");
  }

  cublasLtMatmulPreference_t handle_ = nullptr;
};

std::string text(const Product& product) {
  return std::to_string(product.rows) + "x" + std::to_string(product.inner) + " and " +
         std::to_string(product.inner) + "x" + std::to_string(product.columns);
}

}  // namespace

struct Products::Made {
  Made(const Product& product, const LibraryProduct& library)
      : description(product, library),
        first(library.first, product.b, product.batch),
        second(library.second, product.a, product.batch),
        result(library.result, product.c, product.batch) {}

  Description description;
  LayoutOf first, second, result;
  cublasLtMatmulAlgo_t algorithm{};
  bool exists = false;
};

Products::Products(CudaContext& context) : context_(context) {
  (void)context_.workspace().get(kWorkspace);
}
Products::~Products() = default;

Products::Made& Products::get(const Product& product) {
  const auto [at, is_new] = made_.try_emplace(product);
  if (!is_new) return *at->second;
  at->second = std::make_unique<Made>(product, library_product(product));
  Made& made = *at->second;
  const Preference preference(product);
  cublasLtMatmulHeuristicResult_t best{};
  int count = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
      context_.cublas_lt(), made.description.handle(), made.first.handle(), made.second.handle(),
      made.result.handle(), made.result.handle(), preference.handle(), 1, &best, &count);
  // An epilogue that it does not have for these matrices is no valid value.
  const bool refused =
      status == CUBLAS_STATUS_NOT_SUPPORTED ||
      (status == CUBLAS_STATUS_INVALID_VALUE && product.epilogue != Epilogue::none);
  if (refused || (status == CUBLAS_STATUS_SUCCESS && count == 0)) return made;
  check(status, "choose an algorithm of cuBLASLt");
  made.exists = best.state == CUBLAS_STATUS_SUCCESS;
  made.algorithm = best.algo;
  return made;
}

bool Products::can_run(const Product& product) {
  return library_takes(product) && get(product).exists;
}

void Products::run(const Product& product, const ProductOperands& operands) {
  EXPECTS(library_takes(product));
  const auto is_aligned = [](const void* address, const MatrixSpec& matrix) {
    return alignment_of(address) >= matrix.alignment;
  };
  EXPECTS(is_aligned(operands.a, product.a) && is_aligned(operands.b, product.b) &&
          is_aligned(operands.c, product.c));
  Made& made = get(product);
  if (!made.exists) {
    throw Error::environment("cannot multiply matrices of " + text(product),
                             "cuBLASLt has no algorithm for it on this GPU",
                             "use another precision or train on CPU cores");
  }
  made.description.set_addresses(product.epilogue, operands.vector, operands.auxiliary);
  const float beta = product.adds ? 1.0F : 0.0F;
  check(
      cublasLtMatmul(context_.cublas_lt(), made.description.handle(), &operands.alpha, operands.b,
                     made.first.handle(), operands.a, made.second.handle(), &beta, operands.c,
                     made.result.handle(), operands.c, made.result.handle(), &made.algorithm,
                     context_.workspace().get(kWorkspace), kWorkspace, context_.stream().handle()),
      "multiply matrices");
}

}  // namespace rehearse::cuda
