// Launchers of sequences.h, experts.h and images.h against their bodies on the host.
#include "kernels/cuda/bodies/expert_bodies.h"
#include "kernels/cuda/bodies/image_bodies.h"
#include "kernels/cuda/bodies/sequence_bodies.h"
#include "kernels/cuda/token_order.h"
#include "kernels/rotary_table.h"
#include "tests/kernels/gpu_fixture.h"

namespace rehearse {
namespace {

using test::inputs;
using test::outputs;
using test::run_elements;
using test::run_rows;
using test::some;
using GpuSequences = test::GpuTest;
using GpuExperts = test::GpuTest;
using GpuImages = test::GpuTest;

TEST_F(GpuSequences, Embeddings) {
  const cuda::TableShape shape{.rows = 50, .width = 96, .first = 5};
  std::vector<std::int32_t> tokens(300);
  for (std::size_t i = 0; i < 300; ++i) tokens[i] = static_cast<std::int32_t>(i * 7 % 60);
  const std::vector<float> table = some(4800, 1), dy = some(28800, 2);
  std::vector<float> y(28800), dtable(4800, 0.0F);
  run_elements(28800, cuda::Embedded{shape, tokens.data(), inputs(table), outputs(y)});
  const cuda::TokenOrder order = cuda::order_tokens(tokens, 5, 50);
  const auto distinct = static_cast<std::int64_t>(order.rows.size());
  run_elements(distinct * 96, cuda::TableGradient{shape,
                                                  {order.rows.data(), order.starts.data(),
                                                   order.order.data(), distinct},
                                                  inputs(dy),
                                                  outputs(dtable)});

  const auto gpu_tokens = put(tokens), rows = put(order.rows), starts = put(order.starts),
             steps = put(order.order);
  const auto gpu_table = put(table), gpu_dy = put(dy), gpu_y = zeros(28800),
             gpu_dtable = zeros(4800);
  cuda::embed(shape, gpu_tokens.data(), gpu_table.tensor(), gpu_y.tensor(), handle());
  cuda::embed_backward(shape, {rows.data(), starts.data(), steps.data(), distinct}, gpu_dy.tensor(),
                       gpu_dtable.tensor(), handle());
  EXPECT_EQ(gpu_y.values(), y);
  EXPECT_EQ(gpu_dtable.values(), dtable);
}

TEST_F(GpuSequences, PartsOfSamples) {
  const std::vector<float> x = some(3840, 5);
  std::vector<float> parts(3840);
  run_elements(3840, cuda::SwappedAxes{inputs(x), 5, 8, 96, outputs(parts)});
  const auto gpu_x = put(x), gpu_parts = zeros(3840), gpu_again = zeros(3840);
  cuda::swap_axes(gpu_x.tensor(), 5, 8, gpu_parts.tensor(), handle());
  cuda::swap_axes(gpu_parts.tensor(), 8, 5, gpu_again.tensor(), handle());
  EXPECT_EQ(gpu_parts.values(), parts);
  EXPECT_EQ(gpu_again.values(), x);
}

TEST_F(GpuSequences, PositionsAndRotations) {
  const cuda::PositionShape places{
      .batch = 3, .steps = 20, .width = 64, .positions = 32, .first = 4};
  const cuda::RotaryShape turns{.rows = 60, .width = 64, .steps = 20, .turned = 3, .half = 8};
  const std::vector<float> x = some(3840, 3), table = some(2048, 4);
  const RotaryTable angles = rotary_table(20, 8);
  std::vector<float> sum(3840), turned(3840), dtable(2048);
  run_elements(3840, cuda::PositionSum{places, inputs(x), inputs(table), outputs(sum)});
  run_elements(2048, cuda::PositionGradient{places, inputs(x), outputs(dtable)});
  run_elements(3840, cuda::Rotation{turns, angles.cosines.data(), angles.sines.data(), -1,
                                    inputs(x), outputs(turned)});

  const auto gpu_x = put(x), gpu_table = put(table), gpu_sum = zeros(3840),
             gpu_dtable = zeros(2048), cosines = put(angles.cosines), sines = put(angles.sines);
  cuda::add_positions(places, gpu_x.tensor(), gpu_table.tensor(), gpu_sum.tensor(), handle());
  cuda::positions_backward(places, gpu_x.tensor(), gpu_dtable.tensor(), handle());
  cuda::rotate(turns, cosines.data(), sines.data(), true, gpu_x.tensor(), gpu_x.tensor(), handle());
  EXPECT_EQ(gpu_sum.values(), sum);
  EXPECT_EQ(gpu_dtable.values(), dtable);
  expect_near(gpu_x.values(), turned);
}

TEST_F(GpuExperts, RowsGoThereAndBack) {
  const cuda::RouterShape shape{.rows = 500, .experts = 8, .active = 2};
  constexpr std::int64_t kWidth = 100;
  const std::vector<float> scores = some(4000, 5), x = some(50000, 6);
  std::vector<float> weights(4000), y(50000), dscores(4000), copies(100000), dcopies(100000),
      dweights(4000);
  std::vector<std::int32_t> place(4000), row(1000), firsts(9);
  std::vector<std::int32_t> counts(static_cast<std::size_t>(cuda::place_scratch(shape)));
  run_elements(500, cuda::Choice{shape, inputs(scores), outputs(weights)});
  const cuda::PlaceCount count{shape, inputs(weights), counts.data()};
  run_elements(32, count);  // 4 pieces of 8 experts
  run_elements(8, cuda::PlacesBefore{4, 8, counts.data()});
  run_elements(1, cuda::FirstPlaces{8, counts.data() + 32, firsts.data()});
  run_elements(32, cuda::PlaceRows{count, {place.data(), row.data(), firsts.data()}});
  run_elements(100000, cuda::GatheredRow{inputs(x), kWidth, row.data(), outputs(copies)});
  run_elements(50000, cuda::CombinedRow{8, inputs(weights), inputs(copies), kWidth, place.data(),
                                        outputs(y)});
  run_rows(4000, cuda::CombinedRowBackward{8, inputs(weights), inputs(copies), inputs(x), kWidth,
                                           place.data(), outputs(dcopies), outputs(dweights)});
  run_elements(500,
               cuda::ChoiceBackward{shape, inputs(weights), inputs(dweights), outputs(dscores)});

  const auto gpu_scores = put(scores), gpu_x = put(x), gpu_weights = zeros(4000),
             gpu_y = zeros(50000), gpu_copies = zeros(100000), gpu_dcopies = zeros(100000),
             gpu_dweights = zeros(4000), gpu_dscores = zeros(4000);
  const test::GpuArray<std::int32_t> gpu_place(stream(), 4000), gpu_row(stream(), 1000),
      gpu_firsts(stream(), 9), gpu_counts(stream(), counts.size());
  cuda::choose_experts(shape, gpu_scores.tensor(), gpu_weights.tensor(), handle());
  cuda::find_places(shape, gpu_weights.tensor(),
                    {gpu_place.data(), gpu_row.data(), gpu_firsts.data()}, gpu_counts.data(),
                    handle());
  cuda::gather_rows(gpu_x.tensor(), kWidth, gpu_row.data(), 1000, gpu_copies.tensor(), handle());
  cuda::combine_rows(shape, gpu_weights.tensor(), gpu_copies.tensor(), kWidth, gpu_place.data(),
                     gpu_y.tensor(), handle());
  cuda::combine_rows_backward(shape, gpu_weights.tensor(), gpu_copies.tensor(), kWidth,
                              gpu_place.data(), gpu_x.tensor(), gpu_dcopies.tensor(),
                              gpu_dweights.tensor(), handle());
  cuda::choose_experts_backward(shape, gpu_weights.tensor(), gpu_dweights.tensor(),
                                gpu_dscores.tensor(), handle());
  EXPECT_EQ(gpu_place.values(), place);
  EXPECT_EQ(gpu_row.values(), row);
  EXPECT_EQ(gpu_firsts.values(), firsts);
  EXPECT_EQ(gpu_copies.values(), copies);
  expect_near(gpu_weights.values(), weights);
  expect_near(gpu_y.values(), y);
  expect_near(gpu_dcopies.values(), dcopies);
  expect_near(gpu_dweights.values(), dweights);
  expect_near(gpu_dscores.values(), dscores);
}

TEST_F(GpuImages, OrdersAveragesAndResponses) {
  const std::vector<float> x = some(12000, 7), dy = some(12000, 8);
  const cuda::ImageShape image{.samples = 5, .channels = 24, .pixels = 100, .channels_last = true};
  const cuda::ChannelShape channels{.outer = 500, .channels = 24, .inner = 1};
  std::vector<float> last(12000), mean(120), dmean(12000), response(12000), dresponse(12000),
      slice(24000);
  run_elements(12000, cuda::Transposed{inputs(x), 24, 100, outputs(last)});
  run_rows(120, cuda::PixelAverage{{image}, inputs(last), outputs(mean)});
  run_elements(12000, cuda::PixelAverageBackward{image, inputs(mean), outputs(dmean)});
  run_elements(12000, cuda::ResponseForward{{channels, 5, inputs(last)}, outputs(response)});
  run_elements(12000,
               cuda::ResponseBackward{{channels, 5, inputs(last)}, inputs(dy), outputs(dresponse)});
  run_elements(12000, cuda::ChannelSlice{inputs(last), 24, 0, outputs(slice), 48, 24, 24, 1});

  const auto gpu_x = put(x), gpu_dy = put(dy), gpu_last = zeros(12000), gpu_first = zeros(12000),
             gpu_mean = zeros(120), gpu_dmean = zeros(12000), gpu_response = zeros(12000),
             gpu_dresponse = zeros(12000), gpu_slice = zeros(24000);
  cuda::channels_last(gpu_x.tensor(), 24, 100, gpu_last.tensor(), handle());
  cuda::channels_first(gpu_last.tensor(), 24, 100, gpu_first.tensor(), handle());
  cuda::average_pixels(image, gpu_last.tensor(), gpu_mean.tensor(), handle());
  cuda::average_pixels_backward(image, gpu_mean.tensor(), gpu_dmean.tensor(), handle());
  cuda::normalize_response(channels, 5, gpu_last.tensor(), gpu_response.tensor(), handle());
  cuda::normalize_response_backward(channels, 5, gpu_last.tensor(), gpu_dy.tensor(),
                                    gpu_dresponse.tensor(), handle());
  cuda::copy_channels(gpu_last.tensor(), channels, 0, gpu_slice.tensor(), {500, 48, 1}, 24, 24,
                      handle());
  EXPECT_EQ(gpu_last.values(), last);
  EXPECT_EQ(gpu_first.values(), x);
  EXPECT_EQ(gpu_slice.values(), slice);
  expect_near(gpu_mean.values(), mean);
  expect_near(gpu_dmean.values(), dmean);
  expect_near(gpu_response.values(), response);
  expect_near(gpu_dresponse.values(), dresponse);
}

}  // namespace
}  // namespace rehearse
