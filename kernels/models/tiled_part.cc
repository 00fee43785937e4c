// tiled_part_of: the layers of the rank with the largest tiles, and what it exchanges with others.
#include <map>
#include <string>
#include <utility>

#include "base/contract.h"
#include "kernels/models/layer_spec.h"
#include "kernels/models/model_part.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/tiles.h"

namespace rehearse {
namespace {

class TiledPart {
 public:
  TiledPart(const Model& whole, LayerRange range, const Tiles& tiles)
      : model_(whole),
        range_(range),
        tiles_(tiles),
        tiled_(tiled_layers(whole)),
        build_(whole.name()) {}

  ModelPart build() {
    made_[0] = build_.input(input_shape(), range_.first > 1);
    for (std::size_t i = range_.first; i < range_.end; ++i) {
      serves_ = i;
      build_.set_block(model_.layers()[i].block);
      made_[i] = make(i);
    }
    return {std::move(build_).finish_part(), std::move(whole_)};
  }

 private:
  // One side of a window, and the axis along which tiles are its neighbours.
  struct Side {
    const char* one;     // the exchange between two tiles
    const char* before;  // of more than two
    const char* after;
    Exchange::Axis axis;
    int tiles;
    SlidingSide slides;
    bool is_height;
  };

  [[nodiscard]] std::size_t made(std::size_t layer) const {
    return made_.at(layer < range_.first ? 0 : layer);
  }
  [[nodiscard]] Shape share_of(std::size_t layer) const {
    Shape shape = model_.layers()[layer].output;
    if (!tiled_[layer]) return shape;
    shape.height = tile_extent(shape.height, tiles_.rows);
    shape.width = tile_extent(shape.width, tiles_.columns);
    return shape;
  }
  [[nodiscard]] Shape input_shape() const {
    std::size_t from = 0;
    for (std::size_t i = range_.first; i < range_.end; ++i) {
      for (const std::size_t input : model_.layers()[i].inputs) {
        if (input < range_.first) from = input;
      }
    }
    return share_of(from);
  }

  std::size_t add(LayerSpec spec) {
    whole_.push_back(serves_);
    return build_.add(std::move(spec));
  }
  std::size_t exchange(const std::string& name, std::size_t from, const Exchange& exchange) {
    return add({.name = name,
                .kind = LayerKind::exchange,
                .inputs = {from},
                .bias = false,
                .exchange = exchange});
  }

  std::size_t make(std::size_t index) {
    const Layer& layer = model_.layers()[index];
    const bool of_tiles = tiled_[layer.inputs.front()];
    switch (layer.kind) {
      case LayerKind::convolution:
      case LayerKind::max_pool:
      case LayerKind::average_pool:
        return of_tiles ? make_sliding(index) : make_like(index);
      case LayerKind::global_average_pool:
        return of_tiles ? summed(index, make_like(index)) : make_like(index);
      case LayerKind::flatten:
        return of_tiles ? make_flat(index) : make_like(index);
      case LayerKind::batch_norm:
        return layer.synchronised ? normalised(index, make_like(index)) : make_like(index);
      default:
        return make_like(index);
    }
  }

  std::size_t make_like(std::size_t index) {
    LayerSpec spec = spec_of(model_, index);
    for (std::size_t& from : spec.inputs) from = made(from);
    return add(std::move(spec));
  }

  // The means of the tiles add up.
  std::size_t summed(std::size_t index, std::size_t mean) {
    return exchange(model_.layers()[index].name + ".sum", mean,
                    {Exchange::Kind::sum, Exchange::Axis::tiles, tiles_.count(),
                     static_cast<double>(build_.shape(mean).elements())});
  }

  // A mean and a variance for each channel, in fp32; in the backward pass the sums that take their
  // place.
  std::size_t normalised(std::size_t index, std::size_t norm) {
    const Layer& layer = model_.layers()[index];
    Exchange how{.kind = Exchange::Kind::statistics,
                 .axis = Exchange::Axis::replicas,
                 .ways = tiles_.count(),
                 .elements = 2.0 * static_cast<double>(layer.output.channels),
                 .element_bytes = 4,
                 .per_batch = true};
    const std::size_t forward = exchange(layer.name + ".statistics", norm, how);
    how.kind = Exchange::Kind::copy;
    return exchange(layer.name + ".sums", forward, how);
  }

  // The whole image comes to all.
  std::size_t make_flat(std::size_t index) {
    const Layer& layer = model_.layers()[index];
    const Shape& image = model_.input_of(index);
    LayerSpec spec = spec_of(model_, index);
    spec.inputs = {exchange(layer.name + ".gather", made(layer.inputs.front()),
                            {.kind = Exchange::Kind::gather_map,
                             .axis = Exchange::Axis::tiles,
                             .ways = tiles_.count(),
                             .elements = static_cast<double>(image.elements()),
                             .height = image.height,
                             .width = image.width})};
    return add(std::move(spec));
  }

  std::size_t make_sliding(std::size_t index) {
    const Layer& layer = model_.layers()[index];
    const Shape &in = model_.input_of(index), &out = layer.output;
    LayerSpec spec = spec_of(model_, index);
    Window& w = spec.window;
    std::size_t at = made(layer.inputs.front());
    std::int64_t rows = build_.shape(at).height;  // with what has come from above and below
    if (tiles_.rows > 1) {
      const Side down{".rows",
                      ".above",
                      ".below",
                      Exchange::Axis::rows,
                      tiles_.rows,
                      {in.height, out.height, w.dilation_height * (w.kernel_height - 1) + 1,
                       w.stride_height, w.padding_height},
                      true};
      const double row = static_cast<double>(build_.shape(at).elements() / rows);
      at = with_halo(index, at, down, row);
      rows += halo_of(down.slides, tiles_.rows).both;
      w.padding_height = 0;
    }
    if (tiles_.columns > 1) {
      const Side across{".columns",
                        ".left",
                        ".right",
                        Exchange::Axis::columns,
                        tiles_.columns,
                        {in.width, out.width, w.dilation_width * (w.kernel_width - 1) + 1,
                         w.stride_width, w.padding_width},
                        false};
      const Shape& tile = build_.shape(at);
      const auto column = static_cast<double>(tile.elements() / (tile.height * tile.width) * rows);
      at = with_halo(index, at, across, column);
      w.padding_width = 0;
    }
    spec.inputs = {at};
    return add(std::move(spec));
  }

  // `line`: elements of a row or column. Two tiles pass each other theirs at the same time; of
  // more, all pass some on to the next and then some to the one before: two exchanges, as in the
  // paper's model. What lies in the padding at an edge of the image travels nowhere.
  std::size_t with_halo(std::size_t index, std::size_t at, const Side& side, double line) {
    const std::string& name = model_.layers()[index].name;
    const Halo halo = halo_of(side.slides, side.tiles);
    const Shape& tile = build_.shape(at);
    const std::int64_t needed =
        (tile_extent(side.slides.out, side.tiles) - 1) * side.slides.stride + side.slides.extent;
    Exchange how{.kind = Exchange::Kind::halo,
                 .axis = side.axis,
                 .ways = side.tiles,
                 .forward_only = !model_.needs_backward_data(index),
                 .height = side.is_height ? needed : tile.height,
                 .width = side.is_height ? tile.width : needed};
    const auto pass = [&](const char* what, std::int64_t lines) {
      how.elements = line * static_cast<double>(lines);
      at = exchange(name + what, at, how);
    };
    const bool same = needed == (side.is_height ? tile.height : tile.width);
    if (halo.both == 0 && same) return at;
    if (side.tiles == 2 || halo.before == 0 || halo.after == 0) {
      pass(side.one, std::max(halo.before, halo.after));
      return at;
    }
    pass(side.before, halo.before);
    pass(side.after, halo.after);
    return at;
  }

  const Model& model_;
  LayerRange range_;
  Tiles tiles_;
  std::vector<bool> tiled_;
  ModelBuilder build_;
  std::map<std::size_t, std::size_t> made_;  // by layer of the whole model; 0: the part's input
  std::size_t serves_ = 0;                   // what is built now
  std::vector<std::size_t> whole_{0};
};

}  // namespace

ModelPart tiled_part_of(const Model& whole, LayerRange range, const Tiles& tiles) {
  EXPECTS(range.first >= 1 && range.first < range.end && range.end <= whole.layers().size());
  expect_tiles(whole, tiles);
  return TiledPart(whole, range, tiles).build();
}

}  // namespace rehearse
