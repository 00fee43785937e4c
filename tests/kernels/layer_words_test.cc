#include "kernels/models/layer_words.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rehearse {
namespace {

// What is said of one layer.
std::string said_of(const std::string& layer) {
  const JsonDocument document = JsonDocument::parse_text(layer, "m.json");
  try {
    ObjectReader reader = document.root();
    expect_layer_keys(reader, read_kind(reader));
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

bool says(const std::string& layer, const std::string& part) {
  const std::string text = said_of(layer);
  if (text.find(part) != std::string::npos) return true;
  ADD_FAILURE() << layer << " says: " << text;
  return false;
}

TEST(LayerWords, KindsOfOtherPrograms) {
  EXPECT_TRUE(says(R"({"kind": "Conv2d"})", "did you mean 'convolution'?"));
  EXPECT_TRUE(says(R"({"kind": "Linear"})", "did you mean 'dense'?"));
  EXPECT_TRUE(says(R"({"kind": "BatchNormalization"})", "did you mean 'batch_norm'?"));
  EXPECT_TRUE(says(R"({"kind": "MaxPooling2D"})", "did you mean 'max_pool'?"));
  EXPECT_TRUE(says(R"({"kind": "conv"})", "did you mean 'convolution'?"));
  EXPECT_TRUE(says(R"({"type": "conv"})", "did you mean 'kind'?"));
}

// Case 17 of the kinds that lists of layers lacked.
TEST(LayerWords, KindsBeyondConvolutions) {
  for (const std::string kind : {"attention", "embedding", "gelu", "layer_norm", "sigmoid", "silu",
                                 "softmax", "transposed_convolution", "upsample"}) {
    EXPECT_EQ(said_of(R"({"kind": ")" + kind + R"("})"), "accepted");
  }
  EXPECT_TRUE(says(R"({"kind": "swish"})", "did you mean 'silu'?"));
  EXPECT_TRUE(says(R"({"kind": "LayerNorm"})", "did you mean 'layer_norm'?"));
  EXPECT_TRUE(says(R"({"kind": "relu6"})", "did you mean 'relu'?"));
  EXPECT_TRUE(says(R"({"kind": "gru"})", "'gru' does not work yet"));
  EXPECT_TRUE(says(R"({"kind": "GroupNorm"})", "did you mean 'group_norm'? it does not work yet"));
}

TEST(LayerWords, KeysOfOtherPrograms) {
  const std::string convolution = R"({"kind": "convolution", )";
  EXPECT_TRUE(says(convolution + R"("out_channels": 4, "kernel": 3})", "did you mean 'channels'?"));
  EXPECT_TRUE(says(convolution + R"("channels": 4, "kernel_size": 3})", "did you mean 'kernel'?"));
  EXPECT_TRUE(says(convolution + R"("filters": 4})", "did you mean 'channels'?"));
  EXPECT_TRUE(says(convolution + R"("strides": 2})", "did you mean 'stride'?"));
  EXPECT_TRUE(says(convolution + R"("in_channels": 3})", "it follows from the layer before"));
  EXPECT_EQ(said_of(convolution + R"("dilation": 2})"), "accepted");
  EXPECT_TRUE(says(R"({"kind": "dense", "units": 10})", "did you mean 'features'?"));
  EXPECT_TRUE(says(R"({"kind": "dense", "out_features": 10})", "did you mean 'features'?"));
  EXPECT_TRUE(says(R"({"kind": "dense", "channels": 10})", "did you mean 'features'?"));
  EXPECT_TRUE(says(R"({"kind": "max_pool", "pool_size": 2})", "did you mean 'kernel'?"));
  EXPECT_TRUE(says(R"({"kind": "LSTM"})", "did you mean 'lstm'?"));
  EXPECT_TRUE(says(R"({"kind": "lstm", "hidden_size": 8})", "did you mean 'units'?"));
  EXPECT_TRUE(says(R"({"kind": "lstm", "input_size": 8})", "it follows from the layer before"));
  EXPECT_TRUE(says(R"({"kind": "dropout", "p": 0.5})", "did you mean 'rate'?"));
  EXPECT_TRUE(says(R"({"kind": "relu", "features": 3})", "known here: name, kind or from"));
}

TEST(LayerWords, OwnWordsPass) {
  EXPECT_EQ(said_of(R"({"kind": "convolution", "name": "c", "from": "input", "channels": 4,
                        "kernel": 3, "stride": 1, "padding": 1, "groups": 1, "bias": false})"),
            "accepted");
  EXPECT_EQ(said_of(R"({"kind": "lrn", "size": 5})"), "accepted");
  EXPECT_EQ(said_of(R"({"kind": "lstm", "units": 5, "return_sequences": true})"), "accepted");
}

}  // namespace
}  // namespace rehearse
