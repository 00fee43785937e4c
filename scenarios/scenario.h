// A scenario: the model, the cluster, the training and the sweep of one question, checked and
// joined with its profiles. The file format is in docs/formats.md, its schema in scenarios/schema/.
//
//   Scenario s = load_scenario("scenarios/resnet50_piz_daint.json", {"sweep.workers=[1,2,4]"});
//
// Device, network and fabric names are files of scenarios/devices, scenarios/networks and
// scenarios/stacks (without .json), or paths relative to the scenario. Everything that the file
// may say and this version cannot do is refused by name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/enum_names.h"
#include "base/fidelity.h"
#include "base/json_reader.h"
#include "base/provenance.h"
#include "base/units.h"
#include "kernels/devices/device_profile.h"
#include "kernels/models/model.h"
#include "kernels/models/model_split.h"
#include "kernels/models/precision.h"
#include "kernels/models/recompute.h"
#include "kernels/optimizer.h"
#include "runtime/collectives/collectives.h"
#include "runtime/compression/codec.h"
#include "runtime/data/sample_order.h"
#include "runtime/optimizers/learning_rate.h"
#include "runtime/parallel/layout.h"
#include "scenarios/collective_workload.h"
#include "scenarios/convergence_options.h"
#include "scenarios/fault_options.h"
#include "scenarios/profile.h"
#include "scenarios/stopping_options.h"
#include "scenarios/strategy_options.h"
#include "topologies/graph/network_spec.h"
#include "topologies/placement/background_options.h"
#include "topologies/placement/placement.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

class ProfileLibrary;

enum class Scaling { weak, strong };

inline constexpr std::int64_t kMostWorkers = 1'000'000;
inline constexpr std::int64_t kMostWorkerBatch = 1'000'000;

// A published single-device run that fixes the device time of a model: the only fitted number. A
// file may say what the run was of (keys "model", "device", "precision"); a scenario that differs,
// because a key of it was overridden, sets the calibration aside and leaves a remark.
struct DeviceCalibration {
  double samples_per_s = 0;
  std::int64_t batch = 0;
  double relative_error = 0;  // standard error of the record
  std::string source;
};

struct OptimizerChoice {
  OptimizerOptions rule;     // name, momentum, weight decay, …
  LearningRateOptions rate;  // lr, its scaling with the workers, warm-up and decay
  // fp32 values kept per parameter besides the weight (optimizer_slots).
  int slots = 0;
};

// Where the samples of a real run come from. Paths are relative to the scenario's folder; MNIST has
// two files per set, images and labels; of text every byte is a token.
struct DataSource {
  enum class Format { synthetic, cifar10, mnist, text };

  Format format = Format::synthetic;
  std::vector<std::string> train, test;
  std::int64_t test_samples = 0;  // of the synthetic set
  int readers = 0;                // threads per rank that read ahead; 0: read when needed
  DataSplit split = DataSplit::iid;
};

inline constexpr auto kDataFormatNames =
    enum_names<DataSource::Format>("synthetic", "cifar10", "mnist", "text");

std::string to_text(DataSource::Format format);

// What limits how fast the nodes of a simulated cluster come by their samples. Of what is not
// known there is always enough.
struct InputSupply {
  std::optional<Bandwidth> storage;       // of all nodes together
  std::optional<Bandwidth> node_storage;  // of one node
  Duration preparation;                   // time of one core per sample: decoding, augmenting
  int cores = 0;                          // of a node, that prepare samples
};

// How long a real run goes on, and how often it saves itself.
struct RunLength {
  std::optional<std::int64_t> steps;  // at most one of the two
  std::optional<double> epochs;
  std::int64_t checkpoint_every = 0;  // steps; 0: never
};

// When a real run speaks up.
struct RunGuards {
  Duration stall_warning{60.0};    // a rank that is silent for so long is named; 0: never
  bool stop_on_divergence = true;  // a loss that is not finite ends the run
};

// The software that trains (key training.framework); scenarios/framework.h has what each does where
// the scenario is silent.
enum class Framework { horovod, pytorch, tensorflow, megatron, deepspeed, none };

inline constexpr auto kFrameworkNames =
    enum_names<Framework>("horovod", "pytorch", "tensorflow", "megatron", "deepspeed", "none");

struct AllReduceOptions {
  enum class Batching { horovod, buckets, priority };

  Algorithm algorithm = Algorithm::ring;
  Batching batching = Batching::horovod;
  // horovod: threshold; buckets: cap of all but the first; priority: size of a unit
  Bytes fusion{64.0 * 1024 * 1024};
  Duration cycle{5e-3};
  int in_flight = 1;  // buckets: all-reduces under way at a time
  bool overlap = true;
  Compression compression = Compression::none;
  double ratio = 0.01;  // topk: share of the numbers that travel
  // horovod: which of "fusion" and "cycle" are "auto", for a search to find.
  std::vector<std::string> open{};
};

// What a file says of Layout::overlap; the rest is the framework's default.
struct GivenOverlap {
  std::optional<bool> gradients{}, parameters{}, tensor{}, pipeline{}, expert{};
  std::optional<double> slowdown{};
};

struct ParallelismOptions {
  Recompute recompute{};
  // As the file and the framework's defaults say; what follows from the number of workers (data,
  // microbatches, shard_group) is 0 where it is not given: Scenario::layout_at.
  Layout layout{.data = 0, .shard_group = 0, .microbatches = 0};
  std::vector<std::string> open{};  // keys that are "auto", for a search to find
  GivenOverlap overlap{};
  bool microbatch_given = false;
  // Krizhevsky's split of dense layers over groups of consecutive workers, each of which keeps
  // samples of its own; 1: nothing is split.
  int dense = 1;
  SplitRule split = SplitRule::automatic;
};

// The scenario's own numbers, else those of its stack, else those of its device.
struct Noise {
  double compute_cv = 0;   // of a device's steps, one draw per device and step
  double device_cv = 0;    // between devices beyond their nodes, one draw per device and run
  double node_cv = 0;      // between nodes, one draw per node and run
  double slow_share = 0;   // probability that a node is slow, one draw per node and run
  double slow_factor = 1;  // what its passes then take longer
  double stall_rate = 0;   // pauses per device and hour of computing
  Duration stall_length;   // mean, exponential
};

struct Scenario;

// What `emulate` computes (key emulation).
struct EmulationOptions {
  // The scenario with the model and data of the arithmetic in place of its own, whose times the
  // clock shows; null: its own are computed.
  std::shared_ptr<const Scenario> arithmetic;
  std::int64_t every = 0;  // steps of all workers between two points of the curve; 0: a hundredth
  // Of an arithmetic: bytes that travel on the clock for each byte of its tensors.
  double wire_scale = 1;
};

// A stack that was found for a network of which none is named.
struct AssumedStack {
  double relative_error = 0;  // of its bandwidths and latencies, because it is of another place
  std::string why;            // a clause: what makes it the best match
};

struct Scenario {
  std::string name;
  std::string file;

  // Null where the scenario holds collectives: then data, batches and optimizer mean nothing.
  std::shared_ptr<const Model> model;
  std::vector<CollectiveWorkload> collectives;  // one after the other; empty beside a model
  Precision precision = Precision::fp32;

  std::int64_t samples = 0;
  std::optional<std::int64_t> sequence;  // steps of a sample; absent: the model's own
  Bytes bytes_per_sample;
  std::int64_t classes = 1000;
  DataSource source;
  InputSupply supply;

  std::int64_t nodes = 0;
  NodeSpec node;    // devices per node and the links inside
  int helpers = 0;  // cores of a node that only communicate
  int threads = 0;  // of a rank of a real run; 0: its share of the cores
  DeviceProfile device;
  std::shared_ptr<const Profile> local;  // null unless the device is "local"
  std::optional<DeviceCalibration> calibration;
  NetworkSpec network;
  bool network_known = true;  // false: one node, of whose outside nothing is said
  StackProfile stack;         // key cluster.network.stack; else the preset's, else the best match
  std::optional<AssumedStack> assumed_stack;  // null where the stack is named
  Placement placement;

  std::int64_t batch_per_worker = 0;  // exactly one of the two is not 0: this one under
  std::int64_t global_batch = 0;      // weak scaling, that one under strong
  OptimizerChoice optimizer;
  Framework framework = Framework::none;
  std::optional<Precision> gradient_precision;  // as it is given
  int gradient_bytes = 4;                       // of an element of a gradient as it travels
  int stored_gradient_bytes = 4;                // and as a device keeps it
  // What the software's kernels take, of what the device's laws say: element-wise operators and
  // norms; cores of attentions.
  double stream_factor = 1, attention_factor = 1;
  StrategyOptions strategy;
  AllReduceOptions all_reduce;
  ParallelismOptions parallelism;
  Noise noise;
  Background background;
  EmulationOptions emulation;
  std::optional<FaultOptions> faults;             // null: nothing fails
  std::optional<ConvergenceOptions> convergence;  // null: no target
  RunLength length;
  StoppingOptions stopping;
  RunGuards guards;

  std::vector<std::int64_t> workers;  // ascending, without repetition
  Scaling scaling = Scaling::weak;
  Fidelity fidelity = Fidelity::flow;
  std::uint64_t seed = 1;

  // Of profiles and of the scenario's own assumptions.
  std::vector<Provenance> provenance;

  // One line each: what of the file was set aside, and why. A prediction repeats them as warnings.
  std::vector<std::string> remarks;

  // Whether a search is to find a key of the layout or of how gradients travel.
  [[nodiscard]] bool is_open() const {
    return !parallelism.open.empty() || !all_reduce.open.empty();
  }
  // Cores of a node; 0: not known.
  [[nodiscard]] int cores() const;
  // Of an element of a gradient on the wire, where all of them travel.
  [[nodiscard]] int wire_bytes() const;
  // The steps of a whole run with so many workers, where it says how long that is.
  [[nodiscard]] std::optional<std::int64_t> known_steps(std::int64_t count) const;

  // Of the whole cluster.
  [[nodiscard]] std::int64_t devices() const { return nodes * node.devices; }

  // Copies of the model that `count` devices hold, each of which takes samples of its own.
  [[nodiscard]] std::int64_t replicas_at(std::int64_t count) const;
  // The batch of one of them when `count` workers take part: fixed under weak scaling, the global
  // batch shared out (rounded up) under strong scaling.
  [[nodiscard]] std::int64_t worker_batch(std::int64_t count) const;
  [[nodiscard]] std::int64_t global_batch_at(std::int64_t count) const;

  // The ranks of the job with `count` workers, and how many nodes servers and masters have to
  // themselves: one each, none where they are colocated. A cluster of one node has no node to give
  // away: there each takes a device.
  [[nodiscard]] Roles roles_at(std::int64_t count) const { return roles_of(strategy, count); }
  [[nodiscard]] std::int64_t server_nodes() const;
  // What is left of so many ranks when servers and masters have theirs; 0 or less: nothing.
  [[nodiscard]] std::int64_t workers_among(std::int64_t ranks) const;
  [[nodiscard]] std::int64_t server_devices() const;

  // The layout of `count` devices, all of it resolved. Throws Error::input where they, the batch,
  // the heads or the layers do not divide.
  [[nodiscard]] Layout layout_at(std::int64_t count) const;
  // The layers that are split when `count` workers take part.
  [[nodiscard]] ModelSplit split_at(std::int64_t count) const;
};

// `overrides`: KEY=VALUE by dotted path, applied to the file before it is checked. Throws
// Error::input.
Scenario load_scenario(const std::string& path, const std::vector<std::string>& overrides = {});

// The name of the document stands for its file: relative paths start from its folder. Who reads
// many scenarios lends a library, so that each profile is read once.
Scenario read_scenario(const JsonDocument& document);
Scenario read_scenario(const JsonDocument& document, ProfileLibrary& profiles);

// The folder that holds devices/, networks/, stacks/: REHEARSE_SCENARIOS in the environment, else
// the one of the source tree this was built from.
std::string scenarios_folder();

}  // namespace rehearse
