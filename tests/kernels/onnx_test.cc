#include "kernels/models/importers/onnx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "kernels/models/model_reader.h"
#include "kernels/models/work.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

// tests/kernels/onnx/write_onnx.py writes the files.
std::string file(const std::string& name) {
  return std::string(REHEARSE_ONNX_FILES) + "/" + name + ".onnx";
}

std::string message(const std::string& path, const OnnxOptions& options = {}) {
  try {
    (void)read_onnx(path, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

const Layer& layer(const Model& model, const std::string& name) {
  const auto found = std::find_if(model.layers().begin(), model.layers().end(),
                                  [&](const Layer& one) { return one.name == name; });
  if (found == model.layers().end()) throw std::out_of_range(name);
  return *found;
}

const Layer& first(const Model& model, LayerKind kind) {
  return *std::find_if(model.layers().begin(), model.layers().end(),
                       [&](const Layer& one) { return one.kind == kind; });
}

std::size_t count(const Model& model, LayerKind kind) {
  return static_cast<std::size_t>(
      std::count_if(model.layers().begin(), model.layers().end(),
                    [&](const Layer& one) { return one.kind == kind; }));
}

void expect_the_same(const Model& read, const Model& own) {
  EXPECT_EQ(read.parameter_count(), own.parameter_count());
  EXPECT_NEAR(model_flops(read, 1) / model_flops(own, 1), 1, 1e-9);
  EXPECT_EQ(read.classes(), own.classes());
  EXPECT_EQ(read.tokens_per_sample(), own.tokens_per_sample());
  EXPECT_EQ(read.activation_elements_per_sample(), own.activation_elements_per_sample());
  EXPECT_EQ(read.activation_bytes_per_sample(), own.activation_bytes_per_sample());
}

TEST(Onnx, ResNet50IsThatOfTheZoo) {
  const Model model = read_onnx(file("resnet50"), {});
  EXPECT_EQ(model.parameter_count(), 25'557'032);
  expect_the_same(model, zoo_model("resnet50"));
  EXPECT_EQ(to_text(layer(model, "layer4.2.conv3").output), "2048x7x7");
}

TEST(Onnx, BertIsThatOfTheZoo) {
  const Model model = read_onnx(file("bert_base"), {.sequence = 128});
  EXPECT_EQ(model.parameter_count(), 109'482'240);
  expect_the_same(model, zoo_model("bert_base", {.language = {.sequence = 128, .dropout = 0}}));
  EXPECT_EQ(count(model, LayerKind::attention), 12u);
  EXPECT_EQ(count(model, LayerKind::gelu), 12u);
  EXPECT_EQ(count(model, LayerKind::layer_norm), 25u);
  EXPECT_EQ(model.layers().back().output.channels, 30'522);
}

TEST(Onnx, Gpt2IsThatOfTheZoo) {
  const Model model = read_onnx(file("gpt2"), {.sequence = 1024});
  EXPECT_EQ(model.parameter_count(), 124'439'808);
  const ZooOptions options{.language = {.sequence = 1024, .dropout = 0}};
  expect_the_same(model, zoo_model("gpt2", options));
  // Half of the pairs of steps, unless all are counted.
  const Model full = read_onnx(file("gpt2"), {.sequence = 1024, .full_attention_flops = true});
  EXPECT_GT(model_flops(full, 1), model_flops(model, 1));
}

TEST(Onnx, SmallGptFollowsTheFormula) {
  const Model model = read_onnx(file("small_gpt"), {.sequence = 8});
  // Vocabulary and positions, 12 h^2 + 13 h for each of 2 layers, the last norm.
  EXPECT_EQ(model.parameter_count(), 50 * 16 + 32 * 16 + 2 * (12 * 16 * 16 + 13 * 16) + 2 * 16);
  const Layer& attention = first(model, LayerKind::attention);
  EXPECT_TRUE(attention.attention.causal);
  EXPECT_EQ(attention.attention.heads, 4);
  EXPECT_EQ(attention.attention.head_dim, 4);
  EXPECT_EQ(attention.inputs.size(), 1u);  // queries, keys and values of one layer
}

TEST(Onnx, LayersOfImages) {
  const Model model = read_onnx(file("images"), {});
  EXPECT_EQ(to_text(model.input_shape()), "4x16x16");
  EXPECT_EQ(layer(model, "grouped").groups, 2);
  EXPECT_EQ(parameter_elements(layer(model, "grouped")), 8 * 2 * 9 + 8);
  EXPECT_EQ(layer(model, "dilated").window.dilation_width, 2);
  EXPECT_EQ(to_text(layer(model, "dilated").output), "8x16x16");
  EXPECT_EQ(to_text(layer(model, "up").output), "6x16x16");
  EXPECT_EQ(parameter_elements(layer(model, "up")), 8 * 6 * 4);
  EXPECT_EQ(to_text(layer(model, "same").output), "6x8x8");  // padded behind alone in the file
  EXPECT_EQ(count(model, LayerKind::silu), 1u);              // x sigmoid(x)
  EXPECT_EQ(count(model, LayerKind::sigmoid), 1u);           // squeeze and excitation
  EXPECT_EQ(count(model, LayerKind::multiply), 1u);
  EXPECT_EQ(count(model, LayerKind::upsample), 1u);
  EXPECT_EQ(count(model, LayerKind::softmax), 0u);  // the loss has one
  EXPECT_EQ(parameter_elements(layer(model, "fc")), 14 * 8 * 8 * 10);
  EXPECT_EQ(model.classes(), 10);
}

TEST(Onnx, LayersOfFilms) {
  const Model model = read_onnx(file("volumes"), {});
  EXPECT_EQ(to_text(model.input_shape()), "3x4x8x8");  // of one of its 2 samples
  EXPECT_EQ(parameter_elements(layer(model, "conv")), 5 * 3 * 27);
  EXPECT_EQ(model.parameter_count(), 405 + 5 * 7 + 7);
}

TEST(Onnx, RecurrentLayers) {
  const Model model = read_onnx(file("recurrent"), {.sequence = 7});
  EXPECT_EQ(to_text(model.input_shape()), "7x6");
  // Gates of 4 units over 6 + 4 values, each direction; of 5 units over 8 + 5; the scores. The two
  // biases of a gate in the file are one.
  EXPECT_EQ(model.parameter_count(), 2 * 16 * (6 + 4 + 1) + 20 * (8 + 5 + 1) + 5 * 3 + 3);
  EXPECT_EQ(count(model, LayerKind::lstm), 3u);
}

TEST(Onnx, TransformersOfPatches) {
  const Model model = read_onnx(file("patches"), {});
  EXPECT_EQ(to_text(layer(model, "pos_embed").output), "5x12");  // 2 x 2 patches and the class
  EXPECT_EQ(count(model, LayerKind::class_token), 1u);
  EXPECT_EQ(count(model, LayerKind::attention), 1u);
  // Patches, class, positions, norm, qkv, projection, both dense layers, scores.
  EXPECT_EQ(model.parameter_count(),
            12 * 49 + 12 + 60 + 24 + 36 * 13 + 12 * 13 + 20 * 13 + 12 * 21 + 9 * 13);
}

TEST(Onnx, SharedKeysAndGates) {
  const Model model = read_onnx(file("gated"), {});
  const Layer& attention = first(model, LayerKind::attention);
  EXPECT_EQ(attention.attention.heads, 4);
  EXPECT_EQ(attention.attention.kv_heads, 2);
  EXPECT_TRUE(attention.attention.causal);
  const Model padded = read_onnx(file("padded"), {});
  EXPECT_FALSE(first(padded, LayerKind::attention).attention.causal);
  EXPECT_EQ(count(model, LayerKind::rms_norm), 2u);
  EXPECT_EQ(count(model, LayerKind::silu), 1u);
  // Embedding and scores, two norms, q and o, k and v, gate, up and down.
  EXPECT_EQ(model.parameter_count(), 2 * 320 + 2 * 8 + 2 * 64 + 2 * 32 + 3 * 8 * 24);
}

TEST(Onnx, ScenariosNameAFile) {
  const auto read = [](const std::string& more, std::optional<std::int64_t> classes,
                       std::optional<std::int64_t> sequence) {
    const JsonDocument document = JsonDocument::parse_text(
        R"({"onnx": "small_gpt.onnx")" + more + "}", file("scenario.json"));
    return read_model(document.root(), classes, sequence);
  };
  EXPECT_EQ(read("", std::nullopt, 8).tokens_per_sample(), 8);
  EXPECT_EQ(read(R"(, "flash": false)", 50, 8).name(), "small_gpt");
  EXPECT_THROW(read("", 49, 8), Error);
  EXPECT_THROW(read(R"(, "layer_count": 3)", 50, 8), Error);
}

TEST(Onnx, DocsListEveryOperator) {
  std::ifstream docs(std::string(REHEARSE_SOURCE_DIR) + "/docs/formats.md");
  std::string text{std::istreambuf_iterator<char>(docs), {}};
  const std::size_t begin = text.find("Operators that are read: ");
  ASSERT_NE(begin, std::string::npos);
  text = text.substr(begin, text.find("Any others", begin) - begin);
  std::set<std::string> told;
  std::string word;
  for (const char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += c;
    } else {
      told.insert(std::exchange(word, ""));
    }
  }
  for (const std::string& op : onnx_operators()) EXPECT_TRUE(told.contains(op)) << op;
}

TEST(Onnx, RefusesInOneLine) {
  EXPECT_EQ(message(file("unknown")),
            file("unknown") +
                ": it holds operators that are not read: Elu (2), GridSample (1): docs/formats.md "
                "lists those that are read");
  EXPECT_NE(message(file("bert_base")).find("dimension 1 of the input 'input_ids' is open"),
            std::string::npos);
  EXPECT_NE(message(file("small_gpt"), {.sequence = 64}).find("positions for 32"),
            std::string::npos);
  EXPECT_NE(message(file("gated"), {.sequence = 64}).find("has 6 steps"), std::string::npos);
  EXPECT_NE(message("/nowhere/m.onnx").find("cannot be opened"), std::string::npos);
  EXPECT_NE(message(std::string(REHEARSE_SOURCE_DIR) + "/README.md").find("no ONNX file"),
            std::string::npos);
}

// Cut at any place and with any byte changed, a file is read or refused.
TEST(Onnx, DamagedFilesAreRefused) {
  std::ifstream whole(file("small_gpt"), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(whole), {}};
  const std::string path = testing::TempDir() + "damaged.onnx";
  RandomStream random(1, {});
  for (int i = 0; i < 300; ++i) {
    std::string damaged = text;
    if (i % 3 == 0) damaged.resize(random.below(text.size()));
    for (int k = 0; k < 3 && !damaged.empty(); ++k) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    }
    std::ofstream(path, std::ios::binary) << damaged;
    const std::string said = message(path, {.sequence = 8});
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace rehearse
