// Tensors that are packed for the way to a server.
#include "runtime/compression/packed_tensors.h"

#include <gtest/gtest.h>

#include <deque>

#include "runtime/worlds/inline_device.h"

namespace rehearse {
namespace {

struct Numbers {
  std::deque<std::vector<float>> all;

  Tensor operator()(std::int64_t elements) {
    return tensor_of(all.emplace_back(static_cast<std::size_t>(elements)));
  }
};

TEST(PackedTensors, TravelAsTheyAreWithoutACodec) {
  Numbers numbers;
  std::vector<float> gradient{1, -2, 3};
  const PackedTensors push(nullptr, {tensor_of(gradient)}, std::ref(numbers));
  EXPECT_EQ(push.wire().front().data, gradient.data());
  EXPECT_TRUE(numbers.all.empty());
  EXPECT_EQ(floats_on_wire(nullptr, 3), 3);
}

TEST(PackedTensors, AreTwoBytesEachAsHalves) {
  Numbers numbers;
  std::vector<float> sent{0.5F, -2, 1 / 3.0F};
  std::vector<float> got{9, 9, 9};
  const std::shared_ptr<const Codec> codec = make_codec(Compression::fp16, 1);
  const PackedTensors from(codec, {tensor_of(sent)}, std::ref(numbers));
  const PackedTensors to(codec, {tensor_of(got)}, std::ref(numbers));
  const auto device = make_inline_device();
  from.pack(*device);
  ASSERT_EQ(from.wire().front().bytes(), Bytes(6));
  std::copy_n(static_cast<const char*>(from.wire().front().data), 6,
              static_cast<char*>(to.wire().front().data));
  to.unpack(*device);
  // 1/3 rounded to 11 bits of mantissa is 1365 / 4096.
  EXPECT_EQ(got, (std::vector<float>{0.5F, -2, 1365 / 4096.0F}));
  EXPECT_EQ(sent.back(), 1 / 3.0F);
  // 1,000 halves take as much as 500 floats.
  EXPECT_EQ(floats_on_wire(codec.get(), 1000), 500);
}

// Of (1, -8, 2, 4) a quarter travels: -8; the rest goes with the next: (1, 0, 2, 4) + (1, 1, 1, 1).
TEST(PackedTensors, SendLaterWhatTheyLeftOut) {
  Numbers numbers;
  std::vector<float> sent{1, -8, 2, 4};
  const std::shared_ptr<const Codec> codec = make_codec(Compression::topk, 0.25);
  const PackedTensors from(codec, {tensor_of(sent)}, std::ref(numbers));
  const auto device = make_inline_device();
  const auto arrives = [&] {
    std::vector<float> got(4);
    from.pack(*device);
    codec->decode(from.wire().front(), tensor_of(got));
    return got;
  };
  EXPECT_EQ(arrives(), (std::vector<float>{0, -8, 0, 0}));
  sent = {1, 1, 1, 1};
  EXPECT_EQ(arrives(), (std::vector<float>{0, 0, 0, 5}));
}

}  // namespace
}  // namespace rehearse
