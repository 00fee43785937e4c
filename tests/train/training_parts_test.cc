// The small parts of a real run: its data, its length, what it sends, what a checkpoint holds.
#include <gtest/gtest.h>

#include "base/error.h"
#include "kernels/backend.h"
#include "predict/job_costs.h"
#include "tests/predict/tiny.h"
#include "train/job_identity.h"
#include "train/plain_order.h"
#include "train/train.h"

namespace rehearse {
namespace {

Scenario tiny_with(const std::vector<std::string>& assignments = {}) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  for (const std::string& assignment : assignments) document.set(assignment);
  return read_scenario(document);
}

std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

TEST(PlainOrder, ThereAndBack) {
  ModelBuilder build("net");
  std::size_t at = build.input({.channels = 3, .height = 6, .width = 6});
  at = build.add({.name = "c",
                  .kind = LayerKind::convolution,
                  .inputs = {at},
                  .features = 16,
                  .window = Window::square(3, 1, 1)});
  build.add({.name = "d", .kind = LayerKind::dense, .inputs = {at}, .features = 4});
  const Model model = std::move(build).finish();
  const auto net = cpu_backend().make_executor(model, {.batch = 2});
  net->import_parameters(initial_parameters(model, 1));
  const std::size_t size = net->parameters().values().size();
  const std::vector<float> kept(net->parameters().values().begin(),
                                net->parameters().values().end());

  std::vector<float> plain(2 * size);  // two slots per parameter
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<float>(i);
  std::vector<float> slots(plain.size());
  from_plain_order(*net, plain, slots);
  net->import_parameters(initial_parameters(model, 1));
  EXPECT_EQ(in_plain_order(*net, slots), plain);
  EXPECT_TRUE(std::equal(kept.begin(), kept.end(), net->parameters().values().begin()));

  // Slots lie as the parameters do: a slot of the parameters' own values is in plain order what
  // the executor exports.
  std::vector<float> exported(size);
  net->export_parameters(exported);
  EXPECT_EQ(in_plain_order(*net, kept), exported);
  EXPECT_TRUE(in_plain_order(*net, {}).empty());
}

TEST(JobIdentity, HoldsWhatMakesARunTheSame) {
  const std::string own = job_identity(tiny_with(), 2);
  EXPECT_EQ(
      own,
      "model layers of 6198248 parameters in layers d86d6ef0507eade2, 10000 synthetic samples in "
      "batches of 64, "
      "optimizer sgd momentum 0 weight decay 0 trust 0.00100000, lr 0.100000 scaling none warmup "
      "0, seed 1");
  for (const char* assignment :
       {"data.samples=9999", "training.batch.per_worker=16", "seed=2", "model.input.channels=513",
        R"(training.optimizer={"name": "adam"})",
        R"(training.optimizer={"name": "sgd", "momentum": 0.9})",
        R"(training.optimizer={"name": "sgd", "weight_decay": 1e-4})",
        R"(training.optimizer={"name": "sgd", "lr": 0.2})",
        R"(training.optimizer={"name": "sgd", "lr_scaling": "linear"})",
        R"(training.optimizer={"name": "sgd", "warmup_epochs": 1})",
        R"(training.optimizer={"name": "sgd", "decay_epochs": [1]})"}) {
    EXPECT_NE(job_identity(tiny_with({assignment}), 2), own) << assignment;
  }
  // How long it goes on, and what it is called, is free.
  EXPECT_EQ(job_identity(tiny_with({"training.steps=9", "name=other"}), 2), own);
}

// As many parameters, but another network.
TEST(JobIdentity, HoldsTheLayers) {
  const auto with_layers = [](const std::string& layers) {
    return job_identity(tiny_with({"model.layers=" + layers}), 2);
  };
  const std::string dense = R"({"kind": "dense", "features": 4096})";
  const std::string relu = R"({"kind": "relu"})";
  const std::string last = R"({"kind": "dense", "features": 1000})";
  const std::string early = with_layers("[" + dense + "," + relu + "," + last + "]");
  const std::string drop = R"({"kind": "dropout", "rate": 0.)";
  EXPECT_NE(early, job_identity(tiny_with(), 2));
  EXPECT_NE(early, with_layers("[" + relu + "," + dense + "," + last + "]"));
  EXPECT_NE(with_layers("[" + dense + "," + drop + "1}," + last + "]"),
            with_layers("[" + dense + "," + drop + "2}," + last + "]"));
  // What a layer is called is free.
  EXPECT_EQ(early, with_layers("[" + dense + R"(,{"kind": "relu", "name": "r"},)" + last + "]"));
}

TEST(JobIdentity, AcceptsCheckpointsThatSayNothingOfTheLayers) {
  Checkpoint checkpoint;
  checkpoint.workers = 2;
  checkpoint.identity = job_identity(tiny_with(), 2);
  const std::size_t at = checkpoint.identity.find(" in layers ");
  ASSERT_NE(at, std::string::npos);
  checkpoint.identity.erase(at, std::string(" in layers 0123456789abcdef").size());
  EXPECT_EQ(complaint([&] { expect_same_job(checkpoint, tiny_with(), 2); }), "accepted");
  EXPECT_NE(complaint([&] { expect_same_job(checkpoint, tiny_with({"seed=2"}), 2); }), "accepted");
}

TEST(JobIdentity, SaysWhatDiffers) {
  Checkpoint checkpoint;
  checkpoint.workers = 2;
  checkpoint.identity = job_identity(tiny_with(), 2);
  EXPECT_EQ(complaint([&] { expect_same_job(checkpoint, tiny_with(), 2); }), "accepted");
  EXPECT_EQ(complaint([&] { expect_same_job(checkpoint, tiny_with(), 1); }),
            "the checkpoint was written by 2 ranks, this run has 1: resume with --ranks 2");
  const Scenario other = tiny_with({"seed=2"});
  EXPECT_EQ(complaint([&] { expect_same_job(checkpoint, other, 2); }),
            "the checkpoint is of another job (it is of " + checkpoint.identity + "; this is " +
                job_identity(other, 2) + "): resume with the scenario that wrote it");
}

TEST(StepsOfRun, StepsEpochsOrFifty) {
  EXPECT_EQ(steps_of_run(tiny_with(), 2), 50);
  EXPECT_EQ(steps_of_run(tiny_with({"training.steps=7"}), 2), 7);
  // 10,000 samples in batches of 2 * 32: 156.25 of them. 2.5 * 157 = 392.5.
  EXPECT_EQ(steps_of_run(tiny_with({"training.epochs=1"}), 2), 157);
  EXPECT_EQ(steps_of_run(tiny_with({"training.epochs=2.5"}), 2), 393);
  EXPECT_EQ(steps_of_run(tiny_with({"training.epochs=1e-9"}), 2), 1);
}

class Data : public TinyFiles {
 protected:
  // Ten samples of ten classes, as CIFAR-10 stores them.
  std::string cifar() const {
    const std::string file = write("cifar.bin", "");
    write_cifar10(*make_synthetic({.size = 10}), file);
    return file;
  }

  // A convolution of images of 32 pixels to ten classes, data from the file.
  static std::vector<std::string> of(const std::string& file) {
    return {
        R"(model={"input": {"channels": 3, "height": 32, "width": 32},
                      "layers": [{"kind": "dense", "features": 10}]})",
        R"(data={"samples": 10, "classes": 10, "format": "cifar10", "train": [")" + file + "\"]}"};
  }

  static std::string complaint_of(std::vector<std::string> assignments, const std::string& more) {
    assignments.push_back(more);
    return complaint([&] { (void)open_data(tiny_with(assignments)); });
  }
};

TEST_F(Data, FilesAreOpened) {
  const std::string file = cifar();
  std::vector<std::string> assignments = of(file);
  EXPECT_EQ(open_data(tiny_with(assignments)).train->size(), 10);
  EXPECT_EQ(open_data(tiny_with(assignments)).test, nullptr);
  assignments.push_back("data.test=[\"" + file + "\", \"" + file + "\"]");
  EXPECT_EQ(open_data(tiny_with(assignments)).test->size(), 20);
}

TEST_F(Data, WhatDoesNotFitTheModelIsRefused) {
  const std::string file = cifar();
  EXPECT_EQ(complaint_of(of(file), "model.input.height=28"),
            "tiny.json: /data: the training set has samples of 3x32x32, the model takes 3x28x32: "
            "use a model with an "
            "input of that shape, or other data");
  EXPECT_EQ(complaint_of(of(file), "data.samples=11"),
            "tiny.json: /data/samples: the training files hold 10 samples, data.samples says 11: "
            "correct data.samples");
  std::vector<std::string> few = of(file);
  few.push_back("data.classes=9");
  EXPECT_EQ(
      complaint_of(few, R"(model.layers=[{"kind": "dense", "features": 9}])"),
      "tiny.json: /data/classes: the training set has 10 classes, the model 9: set data.classes");
}

TEST_F(Data, SyntheticSetsAreDisjoint) {
  const Scenario s = tiny_with({"data.samples=5", "data.test_samples=3"});
  const DataSets sets = open_data(s);
  EXPECT_EQ(sets.train->size(), 5);
  ASSERT_NE(sets.test, nullptr);
  EXPECT_EQ(sets.test->size(), 3);
  EXPECT_EQ(sets.train->shape(), s.model->input_shape());
  std::vector<float> last(512);
  std::vector<float> first(512);
  EXPECT_EQ(sets.train->read_one(4, last), 4);
  EXPECT_EQ(sets.test->read_one(0, first), 5);
  EXPECT_NE(last, first);
  EXPECT_EQ(open_data(tiny_with()).test, nullptr);
}

}  // namespace
}  // namespace rehearse
