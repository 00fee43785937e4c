#include "kernels/cpu/steps.h"

#include "base/contract.h"
#include "base/error.h"

namespace rehearse::cpu {

Steps steps_of(const Site& site, std::size_t which) {
  const Shape& shape = site.input(which);
  if (shape.elements() != shape.channels * shape.sequence) {
    throw Error::input("cannot compute '" + site.layer().name + "' of " + to_text(shape),
                       "layers of the kind " + std::string(to_text(site.layer().kind)) +
                           " are computed of vectors and of sequences of vectors",
                       "use 'predict'");
  }
  return {static_cast<std::size_t>(site.batch * shape.sequence),
          static_cast<std::size_t>(shape.channels)};
}

void multiply(const Product& product, const Matrix& a, const Matrix& b, float* c,
              std::size_t stride) {
  const auto size = [](std::size_t n) { return static_cast<dnnl_dim_t>(n); };
  const dnnl_status_t status =
      dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', size(product.rows),
                 size(product.columns), size(product.inner), product.alpha, a.values,
                 size(a.stride), b.values, size(b.stride), product.beta, c, size(stride));
  ENSURES(status == dnnl_success);
}

}  // namespace rehearse::cpu
