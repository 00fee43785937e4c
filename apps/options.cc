#include "apps/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <thread>

#include "apps/word_list.h"
#include "base/error.h"
#include "scenarios/model_word.h"
#include "scenarios/override.h"
#include "scenarios/profile_library.h"

namespace rehearse {
namespace {

template <class Number>
std::optional<Number> number_in(const std::string& text) {
  Number value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::int64_t positive_count(const std::string& option, const std::string& text,
                            const std::string& remedy) {
  const auto value = number_in<std::int64_t>(text);
  if (value && *value >= 1) return *value;
  throw Error::input(option + ": '" + text + "' is no count", "", remedy);
}

// "8", "1,2,4" and "[1, 2, 4]".
std::string workers_list(const std::string& text) {
  const std::string remedy = "write --workers 8, or --workers 1,2,4";
  std::string inner = text;
  if (inner.starts_with('[') && inner.ends_with(']')) inner = inner.substr(1, inner.size() - 2);
  std::string list;
  for (const std::string& word : words_between_commas(inner)) {
    list += (list.empty() ? "" : ",") + std::to_string(positive_count("--workers", word, remedy));
  }
  return "[" + list + "]";
}

struct Batch {
  std::string key;
  std::int64_t value;
};

Batch batch_of(const std::string& text) {
  const std::string remedy = "write --batch 64 (per worker), or --batch global=8192";
  const std::size_t equals = text.find('=');
  const std::string key = equals == std::string::npos ? "per_worker" : text.substr(0, equals);
  if (key != "per_worker" && key != "global") {
    throw Error::input("--batch: '" + key + "' is no kind of batch", "", remedy);
  }
  const std::string value = equals == std::string::npos ? text : text.substr(equals + 1);
  return {key, positive_count("--batch", value, remedy)};
}

}  // namespace

std::string word_or_path(const std::string& word) {
  std::error_code failed;
  if (!is_profile_path(word) || !std::filesystem::is_regular_file(word, failed)) return word;
  return std::filesystem::absolute(word, failed).lexically_normal().string();
}

std::vector<std::string> ScenarioOptions::overrides() const {
  std::vector<std::string> all = sets;
  const auto set = [&](const std::string& key, const std::string& value) {
    all.push_back(key + "=" + value);
  };
  if (model) set("model", model_text(*model));
  if (precision) set("precision", json_text(*precision));
  if (nodes) set("cluster.nodes", std::to_string(*nodes));
  if (device) set("cluster.node.device", json_text(word_or_path(*device)));
  if (network) {
    set("cluster.network",
        network->starts_with('{') ? *network : json_text(word_or_path(*network)));
  }
  if (strategy) set("training.strategy", json_text(*strategy));
  if (batch) {
    const Batch given = batch_of(*batch);
    set("training.batch", "{\"" + given.key + "\": " + std::to_string(given.value) + "}");
  }
  if (algorithm) set("training.allreduce.algorithm", json_text(*algorithm));
  if (workers) set("sweep.workers", workers_list(*workers));
  if (fidelity) set("fidelity", json_text(*fidelity));
  if (seed) set("seed", std::to_string(*seed));
  return all;
}

std::int64_t single_batch(const std::string& text) {
  const Batch batch = batch_of(text);
  if (batch.key == "per_worker") return batch.value;
  throw Error::input("--batch: the table is of one device", "a global batch is that of all",
                     "write --batch 64");
}

CLI::Option* add_repeatable(CLI::App& command, const std::string& names,
                            std::vector<std::string>& values, const std::string& help) {
  return command.add_option(names, values, help)->allow_extra_args(false);
}

void add_set_option(CLI::App& command, ScenarioOptions& options) {
  add_repeatable(command, "--set", options.sets,
                 "Override a scenario key by its dotted path (repeatable); null removes it")
      ->type_name("KEY=VALUE");
}

void add_batch_option(CLI::App& command, ScenarioOptions& options) {
  command.add_option("--batch", options.batch, "Samples per worker, or global=N of all workers")
      ->type_name("N");
}

void add_precision_option(CLI::App& command, ScenarioOptions& options) {
  command.add_option("--precision", options.precision, "fp32, tf32, bf16, fp16 or fp8")
      ->type_name("WORD");
}

void add_scenario_options(CLI::App& command, ScenarioOptions& options) {
  command.add_option("SCENARIO", options.file, "Scenario file, or the name of one that ships")
      ->required();
  add_override_options(command, options,
                       "Profile of this machine for the device 'local' (default: the cached one)");
  const auto add = [&](const char* name, auto& value, const char* help, const char* type) {
    return command.add_option(name, value, help)->type_name(type);
  };
  add("--nodes", options.nodes, "Nodes of the cluster; points of the sweep beyond them fall away",
      "N")
      ->check(whole_number(1));
  add("--workers", options.workers, "Points of the sweep: 8, or 1,2,4", "LIST");
  add_batch_option(command, options);
  add("--model", options.model, "A network of the zoo, or a file with a model", "NAME");
  add_precision_option(command, options);
  add("--device", options.device, "Device of the nodes (rehearse list devices), or a file", "NAME");
  add("--network", options.network, "Network preset (rehearse list networks), or a file", "NAME");
  add("--algorithm", options.algorithm, "Algorithm of all-reduces: ring, tree, auto, …", "WORD");
  add("--strategy", options.strategy, "Training strategy (rehearse list strategies)", "WORD");
}

void add_override_options(CLI::App& command, ScenarioOptions& options, const std::string& profile) {
  add_set_option(command, options);
  command.add_option("--profile", options.profile, profile)->type_name("FILE");
  command.add_option("--fidelity", options.fidelity, "analytic, flow or message")
      ->type_name("LEVEL");
  command.add_option("--seed", options.seed, "Seed of all random numbers")
      ->type_name("N")
      ->check(whole_number(0));
}

void add_output_options(CLI::App& command, OutputOptions& options, const std::string& files) {
  command.add_option("--out", options.out, "Also write " + files + " into this folder")
      ->type_name("DIR");
  command.add_flag("--json", options.json, "Print the result as JSON and nothing else");
  command.add_flag("--quiet", options.quiet, "No progress and no warnings on stderr");
}

void add_jobs_option(CLI::App& command, int& jobs) {
  jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  command.add_option("--jobs", jobs, "Points simulated at the same time (default: one per core)")
      ->type_name("N")
      ->check(whole_number(1, 4096));
}

void add_trace_option(CLI::App& command, std::string& file, const std::string& help) {
  command.add_option("--trace", file, help)->type_name("FILE");
}

CLI::Validator whole_number(std::int64_t least, std::optional<std::int64_t> most) {
  return {[least, most](std::string& text) -> std::string {
            const auto value = number_in<std::int64_t>(text);
            if (value && *value >= least && *value <= most.value_or(*value)) return "";
            return "'" + text + "' is no whole number " +
                   (most ? "from " + std::to_string(least) + " to " + std::to_string(*most)
                         : "of at least " + std::to_string(least));
          },
          ""};
}

CLI::Validator positive_number() {
  return {[](std::string& text) -> std::string {
            const auto value = number_in<double>(text);
            if (value && std::isfinite(*value) && *value > 0) return "";
            return "'" + text + "' is no number above 0";
          },
          ""};
}

void add_examples(CLI::App& command, const std::vector<std::string>& lines) {
  std::string text = "Examples:";
  for (const std::string& line : lines) text += "\n  " + line;
  command.footer(text);
}

}  // namespace rehearse
