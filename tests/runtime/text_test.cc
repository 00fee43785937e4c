// Text for language models: of files, and made up.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "kernels/backend.h"
#include "runtime/data/dataset.h"
#include "runtime/data/input_pipeline.h"
#include "tests/runtime/sample_text.h"
#include "tests/runtime/temporary_folder.h"

namespace rehearse {
namespace {

struct Sample {
  std::vector<float> tokens;
  std::vector<std::int32_t> labels;
};

Sample sample(const Dataset& data, std::int64_t index) {
  Sample one{std::vector<float>(static_cast<std::size_t>(data.shape().elements())),
             std::vector<std::int32_t>(static_cast<std::size_t>(data.labels()))};
  data.read(index, one.tokens, one.labels);
  return one;
}

std::string put(const TemporaryFolder& folder, const std::string& name, const std::string& text) {
  return folder.put(name, {text.begin(), text.end()});
}

TEST(Text, CutsFilesIntoSamplesWhoseLabelsAreTheNextBytes) {
  const TemporaryFolder folder;
  // 7 bytes: [0, 3) and [3, 6), the last label is byte 6. 6 bytes: [0, 3) alone, as the next sample
  // would need byte 6.
  const auto data = open_text({put(folder, "a", "abcdefg"), put(folder, "b", "ABCDE\xff")}, 3);
  EXPECT_EQ(data->size(), 3);
  EXPECT_EQ(data->classes(), 256);
  EXPECT_EQ(data->labels(), 3);
  EXPECT_EQ(data->shape(), (Shape{.channels = 1, .sequence = 3}));
  EXPECT_EQ(sample(*data, 1).tokens, (std::vector<float>{'d', 'e', 'f'}));
  EXPECT_EQ(sample(*data, 1).labels, (std::vector<std::int32_t>{'e', 'f', 'g'}));
  EXPECT_EQ(sample(*data, 2).tokens, (std::vector<float>{'A', 'B', 'C'}));
  const auto all = open_text({put(folder, "c", "E\xff!")}, 2);
  EXPECT_EQ(sample(*all, 0).tokens, (std::vector<float>{'E', 255}));
}

TEST(Text, RefusesFilesWithoutASample) {
  const TemporaryFolder folder;
  const std::string file = put(folder, "short", "abc");
  try {
    (void)open_text({file}, 3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    EXPECT_NE(std::string(error.what()).find("the text has 3 bytes (a sample takes 4)"),
              std::string::npos)
        << error.what();
  }
  EXPECT_THROW((void)open_text({folder.file("none")}, 3), Error);
}

TEST(SyntheticText, FollowsOneOfEightLanguages) {
  const auto data = make_synthetic_text({.vocabulary = 50, .sequence = 400, .size = 40});
  std::map<std::pair<float, std::int32_t>, int> pairs;
  for (std::int64_t i = 0; i < data->size(); ++i) {
    const Sample one = sample(*data, i);
    for (std::size_t k = 0; k < one.tokens.size(); ++k) {
      ASSERT_LT(one.labels[k], 50);
      if (k + 1 < one.tokens.size()) {
        ASSERT_EQ(one.tokens[k + 1], static_cast<float>(one.labels[k]));
      }
      ++pairs[{one.tokens[k], one.labels[k]}];
    }
  }
  // 7 of 8 of the 16000 labels are among the at most eight that follow a token: those that came up
  // often. Of the drawn ones each pair comes up 2000 / 2500 times on average.
  int often = 0;
  for (const auto& [pair, count] : pairs) often += count > 8 ? count : 0;
  EXPECT_GT(often, 0.8 * 16000);
  EXPECT_LT(often, 0.95 * 16000);
}

TEST(SyntheticText, RepeatsItself) {
  const SyntheticTextOptions options{.vocabulary = 9, .sequence = 20, .first = 3, .size = 2};
  SyntheticTextOptions later = options;
  later.first = 4;
  const Sample a = sample(*make_synthetic_text(options), 1);
  const Sample b = sample(*make_synthetic_text(later), 0);
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_THROW((void)make_synthetic_text({.vocabulary = 0}), Error);
}

// One layer, hidden 32, 2 heads.
Model small_gpt(std::int64_t vocabulary, std::int64_t sequence) {
  ModelBuilder build("small gpt");
  const auto put = [&](const char* name, LayerKind kind, std::vector<std::size_t> inputs,
                       LayerSpec spec = {}) {
    spec.name = name;
    spec.kind = kind;
    spec.inputs = std::move(inputs);
    return build.add(std::move(spec));
  };
  const std::size_t tokens = build.input({.channels = 1, .sequence = sequence});
  const std::size_t embedding =
      put("embedding", LayerKind::embedding, {tokens}, {.features = 32, .vocabulary = vocabulary});
  std::size_t x =
      put("positions", LayerKind::position_embedding, {embedding}, {.vocabulary = sequence});
  std::size_t y = put("norm_1", LayerKind::layer_norm, {x});
  y = put("qkv", LayerKind::dense, {y}, {.features = 96});
  y = put("attention", LayerKind::attention, {y}, {.attention = {.heads = 2, .kv_heads = 2}});
  y = put("output", LayerKind::dense, {y}, {.features = 32});
  x = put("add_1", LayerKind::add, {x, y});
  y = put("norm_2", LayerKind::layer_norm, {x});
  y = put("up", LayerKind::dense, {y}, {.features = 128});
  y = put("gelu", LayerKind::gelu, {y});
  y = put("down", LayerKind::dense, {y}, {.features = 32});
  x = put("add_2", LayerKind::add, {x, y});
  y = put("norm", LayerKind::layer_norm, {x});
  put("scores", LayerKind::dense, {y}, {.features = vocabulary, .bias = false, .tied = embedding});
  return std::move(build).finish();
}

TEST(Text, ASmallGptLearnsSentences) {
  constexpr std::int64_t kBatch = 8, kSequence = 32, kSteps = 400;
  const TemporaryFolder folder;
  const Model model = small_gpt(256, kSequence);
  const std::shared_ptr<const Dataset> data =
      open_text({put(folder, "text", test::sample_text(200'000))}, kSequence);
  const auto net = cpu_backend().make_executor(model, {.batch = kBatch});
  net->import_parameters(initial_parameters(model, 1));
  const auto adam = cpu_backend().make_optimizer({.name = "adam"}, optimizer_tensors(model), 1);
  InputPipeline input(data, {.batch = kBatch, .last_step = kSteps, .readers = 0});
  std::vector<double> losses;
  const std::size_t layers = model.layers().size();
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const Batch& batch = input.next();
    net->load(batch.images, batch.labels);
    for (std::size_t i = 1; i < layers; ++i) net->forward(i);
    losses.push_back(net->loss());
    for (std::size_t i = layers - 1; i >= 1; --i) net->backward(i);
    adam->step(net->parameters(), net->gradients(), {.lr = 3e-3});
  }
  EXPECT_NEAR(losses.front(), std::log(256.0), 0.1);
  double last = 0;
  for (std::size_t i = losses.size() - 20; i < losses.size(); ++i) last += losses[i] / 20;
  // The bytes by themselves have an entropy of 2.9; a letter that knows the word before it, less.
  EXPECT_LT(last, 1.3);
}

}  // namespace
}  // namespace rehearse
