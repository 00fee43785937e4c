#include "kernels/models/model_reader.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

Model read(const std::string& text, std::optional<std::int64_t> classes = std::nullopt) {
  const JsonDocument document = JsonDocument::parse_text(text, "m.json");
  return read_model(document.root(), classes);
}

std::string message(const std::string& text, std::optional<std::int64_t> classes = std::nullopt) {
  try {
    read(text, classes);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::string layers(const std::string& list) {
  return R"({"input": {"channels": 3, "height": 8, "width": 8}, "layers": [)" + list + "]}";
}

TEST(ModelReader, Zoo) {
  EXPECT_EQ(read(R"({"zoo": "resnet50"})").parameter_count(), 25'557'032);
  EXPECT_EQ(read(R"({"zoo": "resnet50"})", 10).classes(), 10);
  EXPECT_EQ(read(R"({"zoo": "inception_v3", "aux": true})").parameter_count(), 27'161'264);
  EXPECT_EQ(read(R"({"zoo": "resnet50", "image_size": 160})").input_shape().width, 160);
}

TEST(ModelReader, LayersMatchTheBuilder) {
  const Model model = read(layers(R"(
      {"name": "conv", "kind": "convolution", "channels": 4, "kernel": 3, "padding": 1},
      {"kind": "relu"},
      {"name": "side", "kind": "convolution", "channels": 4, "kernel": [1, 3], "padding": [0, 1],
       "bias": false, "from": "input"},
      {"kind": "add", "from": ["relu_2", "side"]},
      {"kind": "max_pool", "kernel": 2},
      {"kind": "dropout", "rate": 0.25},
      {"kind": "dense", "features": 10})"),
                           10);
  EXPECT_EQ(model.classes(), 10);
  // 4*3*9 + 4; 4*3*3; (4*4*4) * 10 + 10
  EXPECT_EQ(model.parameter_count(), 112 + 36 + 650);
  EXPECT_EQ(model.layers()[5].window, Window::square(2, 2, 0));
  EXPECT_EQ(model.layers()[6].dropout_rate, 0.25);
  EXPECT_EQ(model.layers().back().name, "loss");
}

TEST(ModelReader, SequencesAreStepsOfChannels) {
  const Model model = read(R"({"input": {"channels": 5, "sequence": 3}, "layers": [
      {"kind": "lstm", "units": 2, "return_sequences": true}, {"kind": "lstm", "units": 4},
      {"kind": "dense", "features": 2}]})");
  EXPECT_EQ(model.input_shape(), (Shape{.channels = 5, .sequence = 3}));
  EXPECT_EQ(model.layers()[1].output, (Shape{.channels = 2, .sequence = 3}));
  EXPECT_EQ(model.layers()[2].output, Shape{.channels = 4});
  // 8*(5+2) + 8; 16*(2+4) + 16; 4*2 + 2
  EXPECT_EQ(model.parameter_count(), 64 + 112 + 10);
  EXPECT_EQ(message(layers(R"({"kind": "lstm", "units": 2})")),
            "m.json: /layers/0: layer 'lstm_1': it takes a sequence of vectors, not images of "
            "3x8x8: give the input \"channels\" and \"sequence\" only, or put a layer of the kind "
            "to_sequence before it");
}

TEST(ModelReader, ReadsLayersOfTransformers) {
  const std::string text = R"({"input": {"channels": 1, "sequence": 6}, "layers": [
      {"name": "tokens", "kind": "embedding", "vocabulary": 50, "features": 8},
      {"kind": "position_embedding", "positions": 16},
      {"kind": "layer_norm"}, {"kind": "dense", "features": 24},
      {"kind": "attention", "heads": 2}, {"kind": "dense", "features": 8}, {"kind": "gelu"},
      {"kind": "dense", "tied": "tokens")";
  // 50*8 + 16*8 + 2*8 + (8*24 + 24) + (8*8 + 8), and the scores have no weights of their own.
  EXPECT_EQ(read(text + "}]}").parameter_count(), 400 + 128 + 16 + 216 + 72);
  EXPECT_EQ(read(text + "}]}").classes(), 50);
  EXPECT_EQ(read(text + R"(, "bias": true}]})").parameter_count(), 832 + 50);
  EXPECT_NE(message(text + R"(, "features": 9}]})").find("make 50 features from 8"),
            std::string::npos);
  EXPECT_EQ(message(layers(R"({"kind": "relu", "name": "r"}, {"kind": "dense", "tied": "r"})")),
            "m.json: /layers/1/tied: 'r' is neither an embedding nor a dense layer: name one that "
            "has weights of its own");
}

TEST(ModelReader, KindsOfSequencesSayWhatTheyTake) {
  EXPECT_EQ(message(layers(R"({"kind": "attention"})")).substr(0, 94),
            "m.json: /layers/0: layer 'attention_1': it takes a sequence of vectors, not images of "
            "3x8x8: g");
  EXPECT_NE(message(layers(R"({"kind": "embedding"})")).find("a sequence of tokens"),
            std::string::npos);
  // Volumes: 4 * 3 * 27 + 4; then 4 maps of 2x4x4, doubled on each side.
  const Model model = read(R"({"input": {"channels": 3, "depth": 4, "height": 8, "width": 8},
      "layers": [{"kind": "convolution", "channels": 4, "kernel": [3, 3, 3], "padding": [1, 1, 1]},
                 {"kind": "max_pool", "kernel": [2, 2, 2]}, {"kind": "upsample"},
                 {"kind": "dense", "features": 2}]})");
  EXPECT_EQ(model.layers()[1].parameters.front().elements, 324);
  EXPECT_EQ(to_text(model.layers()[2].output), "4x2x4x4");
  EXPECT_EQ(to_text(model.layers()[3].output), "4x4x8x8");
}

TEST(ModelReader, BatchNormOfPartsOfABatch) {
  const auto list = [](const std::string& key) {
    return layers(R"({"kind": "batch_norm")" + key + R"(}, {"kind": "dense", "features": 2})");
  };
  EXPECT_EQ(read(list("")).layers()[1].ghost, 0);
  EXPECT_EQ(read(list(R"(, "ghost": 16)")).layers()[1].ghost, 16);
  EXPECT_EQ(message(list(R"(, "sync": false)")), "accepted");
  EXPECT_TRUE(read(list(R"(, "sync": true)")).layers()[1].synchronised);
  EXPECT_EQ(message(list(R"(, "sync": true, "ghost": 16)")),
            "m.json: /layers/0/sync: both 'ghost' and 'sync' are given (the one makes batches "
            "smaller, the other larger): give one");
  EXPECT_NE(message(list(R"(, "ghost": 0)")), "accepted");
}

TEST(ModelReader, ADenseLayerMayUseTheWeightsOfAnother) {
  const auto tied = [](const std::string& more) {
    return R"({"input": {"channels": 1, "sequence": 3}, "layers": [
        {"name": "table", "kind": "embedding", "vocabulary": 7, "features": 4},
        {"name": "norm", "kind": "rms_norm"}, {"kind": "dense", "features": 7, )" +
           more + "}]}";
  };
  const Model model = read(tied(R"("tied": "table")"));
  EXPECT_EQ(model.parameter_count(), 7 * 4 + 4);  // of the table and the norm
  EXPECT_EQ(model.layers()[3].tied, 1u);
  EXPECT_FALSE(model.layers()[3].bias);
  EXPECT_EQ(message(tied(R"("tied": "norm")")),
            "m.json: /layers/2/tied: 'norm' is neither an embedding nor a dense layer: name one "
            "that has weights of its own");
  EXPECT_NE(message(tied(R"("tied": "tabel")")).find("did you mean 'table'?"), std::string::npos);
  EXPECT_EQ(message(tied(R"("tied": "table", "name": "a"}, {"kind": "dense", "features": 7,
                            "tied": "table")")),
            "m.json: /layers/3/tied: the weights of 'table' make 7 features from 4 (this layer "
            "makes 7 from 7): make them equal");
}

TEST(ModelReader, RefusesWrongModels) {
  EXPECT_EQ(message(R"({"zoo": "resnet51"})").substr(0, 38),
            "m.json: 'resnet51' is not in the zoo (");
  EXPECT_NE(message(R"({"zoo": "resnet50", "layers": []})"), "accepted");
  EXPECT_NE(message(R"({})"), "accepted");
  EXPECT_NE(message(R"({"zooo": "resnet50"})").find("did you mean 'zoo'?"), std::string::npos);
  EXPECT_NE(message(layers("")), "accepted");
  EXPECT_EQ(message(layers(R"({"kind": "dense", "features": 5})"), 10),
            "m.json: /layers: the last layer has 5 outputs (data has 10 classes): make them equal");
}

TEST(ModelReader, TellsWhatAModelWasMeantToBe) {
  const auto says = [](const std::string& model, const char* part) {
    EXPECT_NE(message(model).find(part), std::string::npos) << message(model);
  };
  says(R"({"name": "resnet50"})", R"(write {"zoo": "resnet50"})");
  says(R"({"zoo": "llama3-8b"})", "did you mean 'llama3_8b'?");
  says(R"({"zoo": "mobilenet"})", "did you mean 'mobilenet_v2'?");
  says(R"({"zoo": "ResNet-50"})", "did you mean 'resnet50'?");
  says(R"({"zoo": "resnet"})", "did you mean 'resnet50', 'resnet101', 'resnet152' or");
  // Only what works is listed.
  says(R"({"zoo": "resnet50", "resolution": 64})", "(known here: aux, dropout, flash, ");
}

TEST(ModelReader, NamesThePlaceOfAWrongLayer) {
  const std::string kind = message(layers(R"({"kind": "convolutoin"})"));
  EXPECT_NE(kind.find("/layers/0/kind"), std::string::npos) << kind;
  EXPECT_NE(kind.find("convolution"), std::string::npos) << kind;
  EXPECT_EQ(
      message(layers(R"({"kind": "relu", "name": "first"}, {"kind": "relu", "from": "frist"})")),
      "m.json: /layers/1/from: 'frist' is not an earlier layer: did you mean 'first'?");
  EXPECT_EQ(
      message(layers(R"({"kind": "max_pool", "kernel": 9})")),
      "m.json: /layers/0: layer 'max_pool_1': a kernel of 9 does not fit (the padded height of its "
      "input is 8)");
  EXPECT_NE(message(layers(R"({"kind": "relu", "features": 3})")), "accepted");
  EXPECT_NE(message(layers(R"({"kind": "convolution", "channels": 4, "kernel": [1, 2, 3, 4]})")),
            "accepted");
  EXPECT_NE(message(layers(R"({"kind": "dense", "features": 9223372036854775807})")), "accepted");
}

}  // namespace
}  // namespace rehearse
