// The list of kinds of layers: the enumeration, the words and every table of kinds follow from it.
//
// kernels/models/ops/KIND.cc says what a kind is, kernels/cpu/ops how the CPU computes it. The
// input comes first; messages list the others in this order.
#pragma once

#define REHEARSE_LAYER_KINDS(X) \
  X(input)                      \
  X(convolution)                \
  X(dense)                      \
  X(relu)                       \
  X(max_pool)                   \
  X(average_pool)               \
  X(global_average_pool)        \
  X(batch_norm)                 \
  X(add)                        \
  X(concat)                     \
  X(flatten)                    \
  X(lrn)                        \
  X(dropout)                    \
  X(lstm)                       \
  X(softmax_cross_entropy)

// Kinds that people ask for and that do not work yet.
#define REHEARSE_LATER_LAYER_KINDS(X) \
  X(attention)                        \
  X(multi_head_attention)             \
  X(layer_norm)                       \
  X(rms_norm)                         \
  X(group_norm)                       \
  X(instance_norm)                    \
  X(embedding)                        \
  X(gelu)                             \
  X(silu)                             \
  X(swish)                            \
  X(sigmoid)                          \
  X(tanh)                             \
  X(leaky_relu)                       \
  X(elu)                              \
  X(hard_swish)                       \
  X(gru)                              \
  X(rnn)                              \
  X(transposed_convolution)           \
  X(upsample)                         \
  X(multiply)
