// Tensors that are packed for the way to a server.
#include "runtime/compression/packed_tensors.h"

#include <gtest/gtest.h>

#include "runtime/worlds/inline_device.h"

namespace rehearse {
namespace {

TEST(PackedTensors, TravelAsTheyAreWithoutACodec) {
  std::vector<float> gradient{1, -2, 3};
  const PackedTensors push(nullptr, {tensor_of(gradient)}, cpu_backend());
  EXPECT_EQ(push.wire().front().data, gradient.data());
  EXPECT_EQ(floats_on_wire(nullptr, 3), 3);
}

TEST(PackedTensors, AreTwoBytesEachAsHalves) {
  std::vector<float> sent{0.5F, -2, 1 / 3.0F};
  std::vector<float> got{9, 9, 9};
  const std::shared_ptr<const Codec> codec = make_codec(Compression::fp16, 1);
  const PackedTensors from(codec, {tensor_of(sent)}, cpu_backend());
  const PackedTensors to(codec, {tensor_of(got)}, cpu_backend());
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
  std::vector<float> sent{1, -8, 2, 4};
  const std::shared_ptr<const Codec> codec = make_codec(Compression::topk, 0.25);
  const PackedTensors from(codec, {tensor_of(sent)}, cpu_backend());
  const auto device = make_inline_device();
  const auto arrives = [&] {
    std::vector<float> got(4);
    from.pack(*device);
    codec->decode(cpu_backend(), from.wire(), tensor_of(got));
    return got;
  };
  EXPECT_EQ(arrives(), (std::vector<float>{0, -8, 0, 0}));
  sent = {1, 1, 1, 1};
  EXPECT_EQ(arrives(), (std::vector<float>{0, 0, 0, 5}));
}

}  // namespace
}  // namespace rehearse
