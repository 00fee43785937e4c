// Attention: by the fused engines of cuDNN, which never have scores in memory, where they take it;
// else by products with the scores of one sample in memory at a time.
//
// Head h of the queries uses head h kv_heads / heads of keys and values. Which keys a query sees is
// said in kernels/cpu/ops/attention.cc.
#include <string>

#include "base/error.h"
#include "kernels/cuda/attention_parts.h"

namespace rehearse::cuda {
namespace {

void expect_computable(const Site& site) {
  const AttentionShape& shape = site.layer().attention;
  if (shape.dropout_rate == 0 && !shape.sinks) return;
  throw Error::input("cannot compute '" + site.layer().name + "'",
                     std::string("attention with ") +
                         (shape.sinks ? "sinks" : "dropout of its weights") +
                         " can be predicted, but not trained here",
                     "set its dropout to 0 or use 'predict'");
}

std::unique_ptr<Operation> make_attention(const Site& site) {
  expect_computable(site);
  const AttentionParts parts = attention_parts(site);
  std::unique_ptr<Operation> fused = make_fused_attention(site, parts);
  return fused != nullptr ? std::move(fused) : make_product_attention(site, parts);
}

}  // namespace

OperationKind attention_operation() {
  return {.make = make_attention,
          .takes_sequences = true,
          .backward_reads_input = true,
          .backward_reads_output = true};
}

}  // namespace rehearse::cuda
