#include "kernels/models/zoo.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "kernels/models/work.h"

namespace rehearse {
namespace {

struct Expected {
  const char* name;
  bool aux;
  std::int64_t parameters;
  double multiply_adds;  // 0: not published
};

class Zoo : public testing::TestWithParam<Expected> {};

// Parameters as torchvision's documentation lists them per weight file; multiply-adds likewise
// ("GFLOPS" there counts a multiply-add as one). 669,706 = 784*512+512 + 512*512+512 + 512*10+10;
// 83,722 = 4*128*(32+128) + 4*128 + 128*10+10.
INSTANTIATE_TEST_SUITE_P(Networks, Zoo,
                         testing::Values(Expected{"alexnet", false, 61'100'840, 0.71e9},
                                         Expected{"vgg16", false, 138'357'544, 15.47e9},
                                         Expected{"resnet50", false, 25'557'032, 4.09e9},
                                         Expected{"resnet101", false, 44'549'160, 7.80e9},
                                         Expected{"resnet152", false, 60'192'808, 11.51e9},
                                         Expected{"inception_v3", false, 23'834'568, 5.71e9},
                                         Expected{"inception_v3", true, 27'161'264, 0},
                                         Expected{"mobilenet_v2", false, 3'504'872, 0.30e9},
                                         Expected{"densenet121", false, 7'978'856, 2.83e9},
                                         Expected{"vit_b16", false, 86'567'656, 0},
                                         Expected{"lenet5", false, 61'706, 0},
                                         Expected{"mlp", false, 669'706, 0},
                                         Expected{"resnet20_cifar", false, 272'474, 0},
                                         Expected{"lstm", false, 83'722, 0}),
                         [](const auto& test) {
                           return std::string(test.param.name) + (test.param.aux ? "_aux" : "");
                         });

TEST_P(Zoo, HasThePublishedSize) {
  const Expected& expected = GetParam();
  const Model model = zoo_model(expected.name, {.aux = expected.aux});
  EXPECT_EQ(model.parameter_count(), expected.parameters);
  if (expected.multiply_adds > 0) {
    EXPECT_NEAR(forward_multiply_adds(model) / expected.multiply_adds, 1, 0.01);
  }
}

const Shape& shape_of(const Model& model, const std::string& name) {
  for (const Layer& layer : model.layers()) {
    if (layer.name == name) return layer.output;
  }
  throw std::out_of_range(name);
}

TEST(ZooShapes, FollowThePapers) {
  const Model resnet = zoo_model("resnet50");
  EXPECT_EQ(to_text(shape_of(resnet, "conv1")), "64x112x112");
  EXPECT_EQ(to_text(shape_of(resnet, "maxpool")), "64x56x56");
  EXPECT_EQ(to_text(shape_of(resnet, "layer4.2.relu3")), "2048x7x7");
  const Model inception = zoo_model("inception_v3");
  EXPECT_EQ(to_text(shape_of(inception, "Mixed_5d.concat")), "288x35x35");
  EXPECT_EQ(to_text(shape_of(inception, "Mixed_6e.concat")), "768x17x17");
  EXPECT_EQ(to_text(shape_of(inception, "Mixed_7c.concat")), "2048x8x8");
  const Model mobile = zoo_model("mobilenet_v2");
  EXPECT_EQ(to_text(shape_of(mobile, "features.17.conv.0.2")), "960x7x7");
  EXPECT_EQ(to_text(shape_of(mobile, "features.18.2")), "1280x7x7");
  EXPECT_EQ(to_text(shape_of(zoo_model("densenet121"), "features.norm5")), "1024x7x7");
  EXPECT_EQ(to_text(shape_of(zoo_model("alexnet"), "flatten")), "9216");  // 256 * 6 * 6
  EXPECT_EQ(to_text(zoo_model("lstm").input_shape()), "20x32");           // steps of features
  EXPECT_EQ(to_text(shape_of(zoo_model("lstm"), "lstm")), "128");
  EXPECT_EQ(parameter_elements(zoo_model("lstm").layers()[1]), 82'432);
}

TEST(ZooOptions, ClassesAndImageSize) {
  EXPECT_EQ(zoo_model("lenet5").classes(), 10);
  const Model model = zoo_model("resnet50", {.classes = 10, .image_size = 256});
  EXPECT_EQ(model.classes(), 10);
  // The classifier shrinks from 2048 * 1000 + 1000 to 2048 * 10 + 10.
  EXPECT_EQ(model.parameter_count(), 25'557'032 - 2'049'000 + 20'490);
  EXPECT_EQ(model.input_shape(), (Shape{3, 256, 256}));
}

TEST(ZooOptions, EveryNetworkBuildsAtItsSmallestImage) {
  EXPECT_NO_THROW(zoo_model("resnet50", {.image_size = 32}));
  EXPECT_NO_THROW(zoo_model("mobilenet_v2", {.image_size = 32}));
  EXPECT_NO_THROW(zoo_model("densenet121", {.image_size = 32}));
  EXPECT_NO_THROW(zoo_model("inception_v3", {.image_size = 75}));
  EXPECT_NO_THROW(zoo_model("resnet20_cifar", {.image_size = 8}));
  EXPECT_THROW(zoo_model("inception_v3", {.image_size = 74}), Error);
}

std::string message(const std::string& name, const ZooOptions& options) {
  try {
    zoo_model(name, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ZooOptions, RefusesWhatANetworkLacks) {
  const std::string unknown = message("resnet5O", {});
  EXPECT_TRUE(unknown.starts_with("'resnet5O' is not in the zoo (it can be mlp, lenet5, "))
      << unknown;
  EXPECT_TRUE(unknown.ends_with("): did you mean 'resnet50'?")) << unknown;
  EXPECT_EQ(message("vgg16", {.aux = true}),
            "'aux' is not an option of vgg16 (only inception_v3 has an auxiliary head): remove it");
  EXPECT_NE(message("vgg16", {.image_size = 256}), "accepted");
  EXPECT_EQ(message("lstm", {.image_size = 32}),
            "'image_size' is not an option of lstm (it takes sequences): remove it");
  EXPECT_NE(message("mlp", {.classes = 0}), "accepted");
}

}  // namespace
}  // namespace rehearse
