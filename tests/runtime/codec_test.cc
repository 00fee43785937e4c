// What codecs send of a gradient and what they keep, by hand; numbers of 2 bytes.
#include "runtime/compression/codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/add_arrived.h"
#include "kernels/half_float.h"
#include "runtime/compression/coded_sum.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {
namespace {

using Floats = std::vector<float>;

TEST(HalfFloat, RoundsToTheNearest) {
  // From 1 on a half has steps of 2^-10, a bfloat16 of 2^-7; ties go to the even one.
  EXPECT_EQ(to_float(to_half(1 + 0x1p-10F)), 1 + 0x1p-10F);
  EXPECT_EQ(to_float(to_half(1 + 0x1p-11F)), 1);
  EXPECT_EQ(to_float(to_half(1 + 0x3p-11F)), 1 + 0x1p-9F);
  EXPECT_EQ(to_float(to_brain_float(1 + 0x1p-8F)), 1);
  EXPECT_EQ(to_float(to_brain_float(1 + 0x3p-8F)), 1 + 0x1p-6F);
  EXPECT_EQ(to_half(1).bits, 0x3c00);
  EXPECT_EQ(to_half(-2).bits, 0xc000);
  EXPECT_EQ(to_brain_float(1).bits, 0x3f80);
}

TEST(HalfFloat, HasEnds) {
  EXPECT_EQ(to_float(to_half(65504)), 65504);  // (2 - 2^-10) 2^15, the greatest
  EXPECT_EQ(to_half(65519).bits, 0x7bff);      // nearer to it than to 2^16
  EXPECT_TRUE(std::isinf(to_float(to_half(65520))));
  EXPECT_EQ(to_float(to_half(0x1p-24F)), 0x1p-24F);  // the smallest
  EXPECT_EQ(to_float(to_half(0x1p-25F)), 0);
  EXPECT_EQ(to_float(to_half(-0x3p-16F)), -0x3p-16F);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(to_float(to_half(nan))) && std::isnan(to_float(to_brain_float(nan))));
  EXPECT_TRUE(std::isinf(to_float(to_brain_float(std::numeric_limits<float>::max()))));
}

TEST(HalfFloat, EveryOneSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Half half{static_cast<std::uint16_t>(bits)};
    const bool number = !std::isnan(to_float(half));
    ASSERT_TRUE(!number || to_half(to_float(half)).bits == bits);
    const BrainFloat brain{static_cast<std::uint16_t>(bits)};
    const bool other = !std::isnan(to_float(brain));
    ASSERT_TRUE(!other || to_brain_float(to_float(brain)).bits == bits);
  }
}

TEST(HalfFloat, SumsAreRoundedToo) {
  // 2048 + 1 = 2049 is between two halves (steps of 2); the even one is 2048.
  const Half arrived = to_half(1);
  Half sum = to_half(2048);
  add_arrived(&arrived, 1, ElementType::float16, &sum);
  EXPECT_EQ(to_float(sum), 2048);
  const BrainFloat two = to_brain_float(2);
  BrainFloat other = to_brain_float(3);
  add_arrived(&two, 1, ElementType::bfloat16, &other);
  EXPECT_EQ(to_float(other), 5);
}

// A codec with a tensor of its own.
struct Coder {
  Coder(Compression compression, double ratio, std::size_t elements)
      : codec(make_codec(compression, ratio)),
        residual(codec->keeps_residual() ? elements : 0),
        bytes(static_cast<std::size_t>(
            codec->message_bytes(static_cast<std::int64_t>(elements)).value())) {}

  // What a receiver makes of the gradients.
  Floats pass(Floats gradients) {
    const Tensor message{bytes.data(),
                         codec->message_elements(static_cast<std::int64_t>(gradients.size())),
                         codec->type()};
    codec->encode(cpu_backend(), tensor_of(gradients), tensor_of(residual), message);
    Floats got(gradients.size(), 9);  // which goes
    codec->decode(cpu_backend(), {&message, 1}, tensor_of(got));
    return got;
  }

  std::unique_ptr<Codec> codec;
  Floats residual;
  std::vector<std::byte> bytes;
};

TEST(Codec, CastsTakeTwoBytes) {
  Coder half(Compression::fp16, 1, 3);
  EXPECT_EQ(half.bytes.size(), 6u);
  EXPECT_TRUE(half.codec->adds_up());
  EXPECT_EQ(half.pass({1 + 0x1p-11F, -3, 0.5F}), (Floats{1, -3, 0.5F}));
  Coder brain(Compression::bf16, 1, 2);
  EXPECT_EQ(brain.pass({1 + 0x1p-8F, 1e30F}), (Floats{1, to_float(to_brain_float(1e30F))}));
  // Reads 4 B and writes 2 B; back it reads 2 B and writes 4 B.
  EXPECT_EQ(half.codec->encode_traffic(100).value(), 600);
  EXPECT_EQ(half.codec->decode_traffic(100).value(), 600);
}

TEST(Codec, TopKSendsTheGreatestAndKeepsTheRest) {
  Coder top(Compression::topk, 0.5, 4);
  EXPECT_EQ(top.bytes.size(), 16u);  // 2 pairs of 8 B
  EXPECT_FALSE(top.codec->adds_up());
  EXPECT_EQ(top.pass({1, -4, 2, 3}), (Floats{0, -4, 0, 3}));
  EXPECT_EQ(top.residual, (Floats{1, 0, 2, 0}));
  // With what was left: 1 + 1 = 2, 0 + 1, 2 + 1 = 3, 0 + 1: the first and the third.
  EXPECT_EQ(top.pass({1, 1, 1, 1}), (Floats{2, 0, 3, 0}));
  EXPECT_EQ(top.residual, (Floats{0, 1, 0, 1}));
  // Of equal ones the first.
  EXPECT_EQ(top.pass({1, 0, 1, 0}), (Floats{1, 1, 0, 0}));
}

TEST(Codec, TopKSendsAtLeastOneNumber) {
  const auto codec = make_codec(Compression::topk, 0.01);
  EXPECT_EQ(codec->message_bytes(1000).value(), 80);
  EXPECT_EQ(codec->message_bytes(49).value(), 8);
  EXPECT_EQ(codec->message_bytes(0).value(), 0);
  // 16 B a number, and the pairs; back, 80 B of pairs are read, and 40 B read and written.
  EXPECT_EQ(codec->encode_traffic(1000).value(), 16000 + 80);
  EXPECT_EQ(codec->decode_add_traffic(1000).value(), 160);
}

TEST(Codec, OneBitSendsSignsAndMeans) {
  Coder bit(Compression::onebit, 1, 4);
  EXPECT_EQ(bit.bytes.size(), 1u + 8);
  // Means (1 + 3 + 0)/3 and -2.
  const float up = 4.0F / 3;
  EXPECT_EQ(bit.pass({1, -2, 3, 0}), (Floats{up, -2, up, up}));
  EXPECT_EQ(bit.residual, (Floats{1 - up, 0, 3 - up, 0 - up}));
  EXPECT_EQ(bit.codec->message_bytes(1000).value(), 125 + 8);
  EXPECT_EQ(bit.codec->message_bytes(9).value(), 2 + 8);
}

TEST(Codec, NothingIsLostForEver) {
  for (const Compression compression : {Compression::topk, Compression::onebit}) {
    Coder coder(compression, 0.1, 64);
    std::vector<double> given(64);
    std::vector<double> got(64);
    for (int step = 0; step < 50; ++step) {
      Floats gradients(64);
      for (std::size_t i = 0; i < 64; ++i) {
        gradients[i] = std::sin(static_cast<float>(i * 7 + static_cast<std::size_t>(step) * 13));
        given[i] += gradients[i];
      }
      const Floats sent = coder.pass(gradients);
      for (std::size_t i = 0; i < 64; ++i) got[i] += sent[i];
    }
    for (std::size_t i = 0; i < 64; ++i) EXPECT_NEAR(got[i] + coder.residual[i], given[i], 1e-4);
  }
}

TEST(Codec, WhatIsNoNumberTravels) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Coder top(Compression::topk, 0.25, 4);
  EXPECT_TRUE(std::isnan(top.pass({1, 2, nan, 3})[2]));
}

// Three ranks with tensors of 4 and 1 numbers; one pair each of two pairs' room.
TEST(CodedSum, AddsTheMessagesOfAllRanks) {
  const Floats given[3] = {{1, 5, 0, 0, 1}, {0, 6, 2, 0, 10}, {-7, 0, 0, 3, 100}};
  run_in_memory(3, {}, [&](World& world) {
    const int rank = world.transport().rank();
    CodedSum coded(make_codec(Compression::topk, 0.25), {4, 1}, cpu_backend());
    const CodedCalls calls{{}, [](double bytes) {
                             EXPECT_EQ(bytes, 3 * 2 * 8);
                             return CollectiveCall{.operation = Operation::all_gather};
                           }};
    Floats gradients = given[rank];
    const auto spans =
        coded.sum(world, *world.transport().world(), calls, {0, 2}, tensor_of(gradients), 0);
    // 5 and 6 add up, -7 stands alone; 1 + 10 + 100.
    EXPECT_EQ(gradients, (Floats{-7, 11, 0, 0, 111}));
    EXPECT_EQ(world.transport().sent().value(), 2 * 16);  // the ring hands on what it got
    ASSERT_EQ(spans.size(), 3u);
    EXPECT_EQ(spans[1].elements, 48);
    EXPECT_EQ(spans[1].type, ElementType::byte);
  });
}

TEST(CodedSum, CastsAddUpOnTheWay) {
  run_in_memory(4, {}, [&](World& world) {
    const auto rank = static_cast<float>(world.transport().rank());
    CodedSum coded(make_codec(Compression::fp16, 1), {8}, cpu_backend());
    const CodedCalls calls{[](double bytes) {
                             EXPECT_EQ(bytes, 16);
                             return CollectiveCall{};
                           },
                           {}};
    Floats gradients(8, rank + 0.5F);
    coded.sum(world, *world.transport().world(), calls, {0, 1}, tensor_of(gradients), 0);
    EXPECT_EQ(gradients, Floats(8, 8));                           // 0.5 + 1.5 + 2.5 + 3.5
    EXPECT_EQ(world.transport().sent().value(), 2 * 3 * 16 / 4);  // a ring, 2 (P-1)/P n
  });
}

}  // namespace
}  // namespace rehearse
