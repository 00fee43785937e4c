// One node of a model: what it does, to which shape, with which parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_names.h"
#include "kernels/models/layer_kinds.h"

namespace rehearse {

// The extent of a tensor for one sample; the batch comes on top. Images have sequence and depth 1,
// vectors have height and width 1 as well. A sequence has as many steps, each a vector of its
// channels (the features of a step); in memory the steps lie one behind the other. Volumes and
// films have a depth.
struct Shape {
  std::int64_t channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t sequence = 1;
  std::int64_t depth = 1;

  [[nodiscard]] std::int64_t elements() const {
    return channels * depth * height * width * sequence;
  }
  friend bool operator==(const Shape&, const Shape&) = default;
};

std::string to_text(const Shape& shape);  // "64x112x112", "4096", 20 steps of 32: "20x32"

// kernels/models/layer_kinds.h lists them.
enum class LayerKind {
#define REHEARSE_ENUMERATOR(kind) kind,
  REHEARSE_LAYER_KINDS(REHEARSE_ENUMERATOR)
#undef REHEARSE_ENUMERATOR
};

std::string_view to_text(LayerKind kind);

#define REHEARSE_COUNT(kind) +1
#define REHEARSE_WORD(kind) #kind,
inline constexpr std::size_t kLayerKinds = 0 REHEARSE_LAYER_KINDS(REHEARSE_COUNT);
inline constexpr auto kLayerKindNames =
    EnumNames<LayerKind, kLayerKinds>({REHEARSE_LAYER_KINDS(REHEARSE_WORD)});
#undef REHEARSE_COUNT
#undef REHEARSE_WORD

// Whether no backend computes the kind.
constexpr bool is_only_predicted(LayerKind kind) {
#define REHEARSE_COUNT(kind) +1
  constexpr std::size_t kComputed = 0 REHEARSE_COMPUTED_LAYER_KINDS(REHEARSE_COUNT);
#undef REHEARSE_COUNT
  return static_cast<std::size_t>(kind) >= kComputed;
}

// The sliding window of a convolution or a pooling layer.
struct Window {
  std::int64_t kernel_height = 1, kernel_width = 1;
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t padding_height = 0, padding_width = 0;  // on each side
  std::int64_t dilation_height = 1,
               dilation_width = 1;  // from one element of the kernel to the next
  std::int64_t kernel_depth = 1, stride_depth = 1, padding_depth = 0, dilation_depth = 1;

  static Window square(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    return {kernel, kernel, stride, stride, padding, padding};
  }
  // Elements of the kernel.
  [[nodiscard]] std::int64_t size() const { return kernel_depth * kernel_height * kernel_width; }
  friend bool operator==(const Window&, const Window&) = default;
};

// What a trainable tensor does. Weights start at random and are subject to weight decay; scales
// start at 1, shifts (a bias is one) at 0.
enum class ParameterRole { weight, scale, shift };

struct ParameterTensor {
  std::string name;  // "conv1.weight"; unique in a model
  std::int64_t elements = 0;
  ParameterRole role = ParameterRole::weight;
};

// Attention of `heads` queries over `kv_heads` keys and values (Vaswani et al., arXiv:1706.03762;
// grouped queries: Ainslie et al., arXiv:2305.13245), and of its latent form (DeepSeek-AI,
// arXiv:2405.04434).
struct AttentionShape {
  std::int64_t heads = 0, kv_heads = 0;
  std::int64_t head_dim = 0;     // of a query and a key
  std::int64_t value_dim = 0;    // of a value
  std::int64_t window = 0;       // steps that a query sees, itself included; 0: all
  bool causal = true;            // a query sees no later step
  bool flash = true;             // scores are never in memory (Dao et al., arXiv:2205.14135)
  bool sinks = false;            // a learnt score per head that takes weight from the others
  double dropout_rate = 0;       // of the weights
  std::int64_t query_rank = 0;   // of latent attention: queries are made from so many latents
  std::int64_t latent_rank = 0;  // the same, keys and values
  std::int64_t rotary_dim = 0;   // the same, of head_dim what carries the position
  std::int64_t context = 1;      // ranks that share a sequence: it has so many times these steps

  [[nodiscard]] std::int64_t queries() const { return heads * head_dim; }
  // Queries, keys and values of a step, one behind the other.
  [[nodiscard]] std::int64_t packed() const {
    return heads * head_dim + kv_heads * (head_dim + value_dim);
  }
};

// A mixture of experts (Shazeer et al., arXiv:1701.06538): `active` of `experts` networks of
// SwiGLU with `features` inner units serve each step.
struct ExpertShape {
  std::int64_t experts = 0, active = 0;
  std::int64_t features = 0;
  bool bias = false;
  double capacity = 0;     // steps that an expert takes, of the mean; 0: all that come
  std::int64_t ranks = 1;  // among which the experts are shared out evenly
  double imbalance = 1;    // steps of the rank that serves most, of the mean
};

// What the ranks that share the work of a layer exchange before or after it, under tensor, context
// and expert parallelism (docs/models/layouts.md) and where images are shared out by tiles
// (docs/models/spatial.md). Sequences are those of one rank.
//
//   kind        forward          backward         output
//   copy        -                all-reduce       the input
//   sum         all-reduce       -                the input's sum over the ranks
//   gather      all-gather       reduce-scatter   `ways` times the steps
//   scatter     reduce-scatter   all-gather       the sum's part of the steps
//   all_to_all  all-to-all       all-to-all       the input's shape
//   pass_on     ways - 1 shifts  twice as many    the input: keys and values go round a ring
//   gather_keys all-gather       reduce-scatter   the input: keys and values of all come to each
//   statistics  all-reduce       -                the input: what a loss must know of all its
//   scores
//   halo        shift            shift            a tile with rows or columns of a neighbour's:
//   each rank passes some on to the next, or all to the one before gather_map  all-gather       -
//   the image that the tiles make up: all ranks compute the same with it
struct Exchange {
  enum class Kind {
    copy,
    sum,
    gather,
    scatter,
    all_to_all,
    pass_on,
    gather_keys,
    statistics,
    halo,
    gather_map
  };
  // tiles: all that share an image; rows and columns: of them, those above and below each other and
  // those beside each other; replicas: all ranks that have the same parameters.
  enum class Axis { tensor, context, expert, expert_tensor, tiles, rows, columns, replicas };

  Kind kind = Kind::copy;
  Axis axis = Axis::tensor;
  std::int64_t ways = 1;  // ranks of the axis
  // Of a sample, what takes part on one rank: of gathers and scatter the whole tensor, of
  // all_to_all what the rank has for all, of pass_on what it passes on at a time.
  double elements = 0;
  int element_bytes = 0;               // 0: those of the activations
  bool per_batch = false;              // `elements` are of a batch, however many samples it has
  bool forward_only = false;           // nobody wants the gradient of a halo
  std::int64_t height = 0, width = 0;  // of the output of halo and gather_map
};

struct Layer {
  std::string name;  // unique in a model
  LayerKind kind = LayerKind::input;
  std::vector<std::size_t> inputs;    // indices of earlier layers; empty for the input
  Shape output;                       // per sample
  double products = 0;                // that an output of a product with weights sums
  Window window;                      // of convolution, max_pool and average_pool
  std::int64_t groups = 1;            // of a convolution
  bool bias = false;                  // of products with weights
  std::optional<std::int64_t> block;  // the repeated part of the model that it belongs to
  std::optional<std::size_t> tied;    // dense: the embedding whose weights it uses
  std::int64_t vocabulary = 0;        // rows of an embedding
  std::int64_t types = 0;             // those of types of tokens, behind positions
  AttentionShape attention{};
  ExpertShape experts{};
  Exchange exchange{};
  // Of a rank's part of a layer: the first of its rows of an embedding, of its positions, of the
  // classes of a loss, or of its experts.
  std::int64_t first = 0;
  bool wants_gradient = false;  // an input that comes from another rank
  double dropout_rate = 0;      // share of elements that dropout drops
  std::int64_t lrn_size = 0;    // channels an lrn sums over
  std::int64_t ghost = 0;       // samples a batch_norm takes together; 0: all
  bool synchronised = false;    // a batch_norm takes the samples of all workers together
  std::int64_t steps = 1;       // of its first input: Shape::sequence
  std::vector<ParameterTensor> parameters;  // trainable; weight or scale first, then shift
};

std::int64_t parameter_elements(const Layer& layer);  // of all its parameters

}  // namespace rehearse
