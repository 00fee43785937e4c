// The list of kinds of layers: the enumeration, the words and every table of kinds follow from it.
//
// kernels/models/ops/KIND.cc says what a kind is, kernels/cpu/ops and kernels/cuda/ops how CPU
// cores and GPUs compute it, if they do. The input comes first; messages list the others in this
// order.
#pragma once

// Kinds that are predicted and computed.
#define REHEARSE_COMPUTED_LAYER_KINDS(X) \
  X(input)                               \
  X(convolution)                         \
  X(dense)                               \
  X(relu)                                \
  X(max_pool)                            \
  X(average_pool)                        \
  X(global_average_pool)                 \
  X(batch_norm)                          \
  X(add)                                 \
  X(concat)                              \
  X(flatten)                             \
  X(lrn)                                 \
  X(dropout)                             \
  X(lstm)                                \
  X(embedding)                           \
  X(position_embedding)                  \
  X(layer_norm)                          \
  X(rms_norm)                            \
  X(rotary)                              \
  X(attention)                           \
  X(gelu)                                \
  X(silu)                                \
  X(swiglu)                              \
  X(sigmoid)                             \
  X(tanh)                                \
  X(router)                              \
  X(experts)                             \
  X(exchange)                            \
  X(softmax_cross_entropy)

// Kinds that are predicted; no backend computes them yet.
#define REHEARSE_PREDICTED_LAYER_KINDS(X) \
  X(head_norm)                            \
  X(latent_attention)                     \
  X(softmax)                              \
  X(multiply)                             \
  X(transposed_convolution)               \
  X(upsample)                             \
  X(to_sequence)                          \
  X(class_token)                          \
  X(first_step)

#define REHEARSE_LAYER_KINDS(X)    \
  REHEARSE_COMPUTED_LAYER_KINDS(X) \
  REHEARSE_PREDICTED_LAYER_KINDS(X)

// Kinds that people ask for and that do not work yet.
#define REHEARSE_LATER_LAYER_KINDS(X) \
  X(group_norm)                       \
  X(instance_norm)                    \
  X(leaky_relu)                       \
  X(elu)                              \
  X(hard_swish)                       \
  X(gru)                              \
  X(rnn)
