#include "kernels/cpu/operation.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cpu {
namespace {

std::unique_ptr<Operation> make_kind(const Site& site) {
  const Layer& layer = site.layer();
  switch (layer.kind) {
    case LayerKind::input:
      return nullptr;
    case LayerKind::convolution:
      return make_convolution(site);
    case LayerKind::dense:
      return make_dense(site);
    case LayerKind::relu: {
      const bool fused = is_fused_relu(site.model, site.index);
      const LayerKind producer = site.model.layers()[layer.inputs.front()].kind;
      return fused && producer == LayerKind::batch_norm ? nullptr : make_relu(site);
    }
    case LayerKind::max_pool:
    case LayerKind::average_pool:
    case LayerKind::global_average_pool:
      return make_pool(site);
    case LayerKind::batch_norm:
      return make_batch_norm(site);
    case LayerKind::add:
      return make_add(site);
    case LayerKind::concat:
      return make_concat(site);
    case LayerKind::flatten:
      return is_view(site.model, site.index) ? nullptr : make_flatten(site);
    case LayerKind::lrn:
      return make_lrn(site);
    case LayerKind::dropout:
      return make_dropout(site);
    case LayerKind::softmax_cross_entropy:
      return make_loss(site);
  }
  return nullptr;
}

}  // namespace

void Operation::import_parameter(std::size_t which, const float* plain, float* to) const {
  std::copy_n(plain, parameters_.at(which).elements, to);
}

void Operation::export_parameter(std::size_t which, const float* from, float* plain) const {
  std::copy_n(from, parameters_.at(which).elements, plain);
}

bool is_trained(const Model& model, std::size_t layer) {
  return model.needs_backward_data(layer) || !model.layers()[layer].parameters.empty();
}

bool Site::trained_input(std::size_t which) const {
  return is_trained(model, layer().inputs.at(which));
}

std::size_t statistics_of(const Layer& layer) {
  const bool has = layer.kind == LayerKind::batch_norm;
  return has ? 2 * static_cast<std::size_t>(layer.output.channels) : 0;
}

std::unique_ptr<Operation> make_operation(const Site& site) {
  const Layer& layer = site.layer();
  if (layer.output.sequence != 1) {
    throw Error::input("cannot compute '" + layer.name + "' of " + to_text(layer.output),
                       "only images and vectors have arithmetic, not sequences");
  }
  try {
    return make_kind(site);
  } catch (const dnnl::error& error) {
    throw Error::environment("the kernel library cannot compute '" + layer.name + "'",
                             error.message);
  }
}

}  // namespace rehearse::cpu
