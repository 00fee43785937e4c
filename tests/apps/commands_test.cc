// Every command once, from the command line to its files.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

using nlohmann::json;

// `--json`: nothing else on stdout, and the same bytes every time.
json run_json(const std::string& arguments) {
  const ProgramRun run = run_program(arguments + " --json");
  EXPECT_EQ(run.status, 0) << run.err;
  json parsed = json::parse(run.out, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << run.out;
  return parsed;
}

TEST(Predict, WritesTablesFilesAndTrace) {
  const TemporaryFile scenario(small_scenario());
  const TemporaryFile folder("", "");
  const TemporaryFile trace("");
  const std::string out = folder.path() + ".d";
  const ProgramRun run =
      run_program("predict " + scenario.path() + " --out " + out + " --trace " + trace.path());
  ASSERT_EQ(run.status, 0) << run.err;
  // Warnings, and no progress where stderr is no terminal.
  EXPECT_EQ(
      run.err,
      "warning [no_effect]: data.bytes_per_sample is not used: nothing is known of the storage "
      "(cluster.storage), samples are always ready\n"
      "warning [uncalibrated]: no single-device record fixes the device time of this model; "
      "the interval gives it a spread of 12 %\n");
  EXPECT_EQ(run_program("predict " + scenario.path() + " --quiet").err, "");
  EXPECT_EQ(read_file(out + "/prediction.txt"), run.out);
  EXPECT_NE(read_file(out + "/scaling.svg").find("</svg>"), std::string::npos);
  const json prediction = json::parse(read_file(out + "/prediction.json"));
  ASSERT_EQ(prediction["points"].size(), 3u);
  EXPECT_EQ(prediction["points"][2]["workers"], 4);
  EXPECT_FALSE(json::parse(read_file(trace.path()))["traceEvents"].empty());
  EXPECT_EQ(run_program("predict " + scenario.path() + " --json --quiet").out,
            read_file(out + "/prediction.json"));
  EXPECT_EQ(std::system(("rm -r '" + out + "'").c_str()), 0);
}

TEST(Predict, AppliesSettings) {
  const TemporaryFile scenario(small_scenario());
  const json prediction = run_json("predict " + scenario.path() +
                                   " --set sweep.workers=[2] --set name=other --seed 5 --jobs 1");
  EXPECT_EQ(prediction["scenario"], "other");
  EXPECT_EQ(prediction["seed"], 5);
  EXPECT_EQ(prediction["points"].size(), 1u);
  EXPECT_EQ(prediction["points"][0]["workers"], 2);
}

TEST(Compare, CrossesKeysAndSaysWhatHadNoEffect) {
  const TemporaryFile scenario(small_scenario());
  // One worker sends nothing: the link does not matter.
  const json comparison = run_json(
      "compare " + scenario.path() +
      " --set sweep.workers=[1] --vary 'cluster.network.injection_bandwidth=10 GB/s,1 GB/s'"
      " --vary training.batch.per_worker=32,64 --quiet");
  ASSERT_EQ(comparison["rows"].size(), 4u);
  EXPECT_EQ(comparison["rows"][3]["values"].dump(),
            R"({"cluster.network.injection_bandwidth":"1 GB/s","training.batch.per_worker":64})");
  ASSERT_EQ(comparison["warnings"].size(), 1u) << comparison["warnings"];
  EXPECT_EQ(comparison["warnings"][0]["code"], "no_effect");
  const std::string what = comparison["warnings"][0]["what"];
  EXPECT_NE(what.find("injection_bandwidth"), std::string::npos) << what;
  EXPECT_NE(what.find("single worker"), std::string::npos) << what;
}

std::vector<std::string> traced_processes(const std::string& file) {
  std::vector<std::string> names;
  const json trace = json::parse(read_file(file));
  for (const json& event : trace.at("traceEvents")) {
    if (event["name"] == "process_name") names.push_back(event["args"]["name"]);
  }
  return names;
}

TEST(Compare, TracesEveryRow) {
  const TemporaryFile scenario(small_scenario());
  const TemporaryFile trace("");
  (void)run_json("compare " + scenario.path() + " --set sweep.workers=[1,2]" +
                 " --vary training.batch.per_worker=32,64 --quiet --trace " + trace.path());
  EXPECT_EQ(traced_processes(trace.path()),
            (std::vector<std::string>{
                "training.batch.per_worker=32: rank 0", "training.batch.per_worker=32: rank 1",
                "training.batch.per_worker=64: rank 0", "training.batch.per_worker=64: rank 1"}));
}

TEST(Plan, TracesTheLargestPoint) {
  const TemporaryFile scenario(small_scenario());
  const TemporaryFile trace("");
  (void)run_json("plan " + scenario.path() + " --set sweep.workers=[1,2] --epochs 1 --quiet" +
                 " --trace " + trace.path());
  EXPECT_EQ(traced_processes(trace.path()), (std::vector<std::string>{"rank 0", "rank 1"}));
}

TEST(Compare, CostsNetworksAndDrawsThem) {
  const TemporaryFile scenario(small_scenario());
  const TemporaryFile svg("", ".svg");
  const std::string vary = " --vary cluster.network=infiniband-edr-fat-tree,aries-piz-daint";
  const json comparison =
      run_json("compare " + scenario.path() + vary + " --quiet --svg " + svg.path());
  ASSERT_EQ(comparison["rows"].size(), 2u);
  EXPECT_EQ(comparison["rows"][1]["values"]["cluster.network"], "aries-piz-daint");
  const json& network = comparison["rows"][0]["network"];
  EXPECT_EQ(network["electrical_cables"], 4);
  EXPECT_EQ(network["nics"], 4);
  EXPECT_GT(network["cost"]["per_endpoint"], 0);
  EXPECT_NE(read_file(svg.path()).find("</svg>"), std::string::npos);

  const TemporaryFile prices(R"({"prices": "network", "currency": "coins",
      "switch": {"port": [{"price": 1}]}, "nic": [{"price": 1}],
      "cable": {"electrical": [{"price": 1}], "optical": [{"price": 1}]}})");
  EXPECT_EQ(run_program("check " + prices.path()).status, 0);
  const json mine =
      run_json("compare " + scenario.path() + vary + " --quiet --prices " + prices.path());
  // Four NICs, cables and ports.
  EXPECT_EQ(mine["rows"][0]["network"]["cost"]["nics"], 4);
  EXPECT_EQ(mine["rows"][0]["network"]["cost"]["currency"], "coins");
  const TemporaryFile result(comparison.dump());
  EXPECT_EQ(run_program("check " + result.path()).status, 0);
}

TEST(Compare, RefusesBadPricesInOneLine) {
  const TemporaryFile scenario(small_scenario());
  const TemporaryFile bad(R"({"prices": "network", "currency": "coins", "switch": {"port": []}})");
  const TemporaryFile broken("{");
  for (const std::string& file :
       {bad.path(), broken.path(), std::string("/nowhere/p.json"), scenario.path()}) {
    const ProgramRun run = run_program("compare " + scenario.path() +
                                       " --vary training.batch.per_worker=32,64 --prices " + file);
    EXPECT_EQ(run.status, 2) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_NE(run.err.find(file), std::string::npos) << run.err;
  }
}

TEST(Compare, ChecksEveryValueFirst) {
  const TemporaryFile scenario(small_scenario());
  const ProgramRun run =
      run_program("compare " + scenario.path() + " --vary training.strtegy=sync,x");
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("strategy"), std::string::npos) << run.err;
}

TEST(Compare, NamesTheValuesThatCannotBe) {
  const TemporaryFile scenario(small_scenario());
  const ProgramRun run = run_program("compare " + scenario.path() +
                                     " --vary training.batch.per_worker=32,0 --vary seed=1,2");
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("with training.batch.per_worker=0, seed=1)"), std::string::npos)
      << run.err;
}

std::string pilot_file(const std::string& value) {
  return R"([{"id": "a", "source": "my log", "at": 2,
              "measured": {"quantity": "step_time", "value": ")" +
         value + "\"}}]";
}

TEST(Predict, LearnsFromAPilot) {
  const TemporaryFile scenario(small_scenario());
  const std::string job = scenario.path() + " --set training.batch.per_worker=8192";
  const std::string predict = "predict " + job;
  const json before = run_json(predict + " --quiet");
  EXPECT_FALSE(before.contains("pilot"));
  const double step = before["points"][1]["step_time_s"]["p50"];
  const TemporaryFile first(pilot_file(std::to_string(1.1e3 * step) + " ms"));
  const TemporaryFile second(pilot_file(std::to_string(1.1e3 * step) + " ms"));
  const std::string files = " --pilot " + first.path() + " " + second.path() + " --quiet";
  const json after = run_json(predict + files);
  ASSERT_EQ(after["pilot"]["records"].size(), 2U);
  EXPECT_EQ(after["pilot"]["records"][0]["workers"], 2);
  const auto& q = after["points"][1]["step_time_s"];
  EXPECT_NEAR(q["p50"].get<double>(), 1.1 * step, 0.02 * step);
  const auto width = [](const json& p) { return p["p90"].get<double>() - p["p10"].get<double>(); };
  EXPECT_LT(width(q), 0.7 * width(before["points"][1]["step_time_s"]));
  const ProgramRun table = run_program(predict + files);
  EXPECT_NE(table.out.find("What the pilot says"), std::string::npos);
  const json plan = run_json("plan " + job + " --epochs 2 " + files);
  EXPECT_EQ(plan["pilot"], after["pilot"]);
}

TEST(Predict, RefusesWhatIsNoPilot) {
  const TemporaryFile scenario(small_scenario());
  const TemporaryFile wrong(pilot_file("3 images/s"));
  for (const auto& [file, part] : {std::pair{std::string("nowhere.json"), "nowhere.json"},
                                   std::pair{wrong.path(), "'images/s' is not a unit of time"},
                                   std::pair{scenario.path(), "not an array of measurements"}}) {
    const ProgramRun run = run_program("predict " + scenario.path() + " --pilot " + file);
    EXPECT_EQ(run.status, 2) << run.err;
    EXPECT_NE(run.err.find(part), std::string::npos) << run.err;
    EXPECT_EQ(run.out, "");
  }
}

TEST(Plan, NeedsToKnowHowMuch) {
  const TemporaryFile scenario(small_scenario());
  EXPECT_EQ(run_program("plan " + scenario.path()).status, 2);
  EXPECT_EQ(run_program("plan " + scenario.path() + " --epochs 1 --samples 2").status, 2);
  EXPECT_EQ(run_program("plan " + scenario.path() + " --epochs 1 --deadline 5").status, 2);
  EXPECT_EQ(run_program("plan " + scenario.path() + " --epochs 9223372036854775807").status, 2);
}

TEST(Plan, RecommendsAPoint) {
  const TemporaryFile scenario(small_scenario());
  const json plan = run_json("plan " + scenario.path() + " --epochs 2 --deadline '1 h'");
  EXPECT_EQ(plan["samples"], 120000);
  EXPECT_EQ(plan["points"].size(), 3u);
  EXPECT_FALSE(plan["recommended"].is_null());
  const json hopeless = run_json("plan " + scenario.path() + " --epochs 2 --deadline '1 us'");
  EXPECT_TRUE(hopeless["recommended"].is_null());
}

TEST(ModelCommand, TakesZooNamesAndScenarios) {
  EXPECT_EQ(run_json("model resnet50")["parameters"], 25557032);
  const TemporaryFile scenario(small_scenario());
  EXPECT_EQ(run_json("model " + scenario.path())["model"], "lenet5");
}

// What needs no times needs no profile of the machine.
TEST(LocalScenario, CanBeLookedAtUnmeasured) {
  const std::string shipped = std::string(REHEARSE_SOURCE_DIR) + "/scenarios/cnn_local.json";
  EXPECT_EQ(run_json("model " + shipped)["model"], "resnet20_cifar");
  EXPECT_EQ(run_json("topology " + shipped)["nodes"], 1);
  EXPECT_EQ(run_program("check " + shipped).status, 0);
}

// A stack that was found on one kind of adapters, kept for a network of another kind.
TEST(Predict, WarnsOfAStackOfOtherAdapters) {
  json scenario = json::parse(small_scenario());
  scenario["cluster"]["network"] = {{"preset", "ethernet-25g-roce"}, {"stack", "nccl-roce"}};
  const TemporaryFile file(scenario.dump());
  const auto mismatches = [&](const std::string& options) {
    std::vector<std::string> found;
    const json prediction = run_json("predict " + file.path() + options);
    for (const json& warning : prediction["warnings"]) {
      if (warning["code"] == "stack_mismatch") found.push_back(warning["what"]);
    }
    return found;
  };
  EXPECT_TRUE(mismatches("").empty());
  const auto found = mismatches(" --network aries-piz-daint");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0],
            "cluster.network.stack 'nccl-roce' is of adapters of the kind roce, the network's are "
            "aries; nothing of the stack was adjusted: give another one, or null for the "
            "network's own");
  EXPECT_TRUE(mismatches(" --network aries-piz-daint --set cluster.network.stack=null").empty());
}

TEST(Topology, AMissingFileLeadsToThePresets) {
  const auto advice = [](const std::string& file) {
    const ProgramRun run = run_program("topology " + file);
    EXPECT_EQ(run.status, 2);
    return run.err.substr(run.err.find(": cannot"));
  };
  EXPECT_EQ(advice("xyzzyplugh.conf"),
            ": cannot read the file (it does not exist): check the name (rehearse list networks "
            "shows the presets)\n");
  EXPECT_EQ(advice("aries-cory.json"),
            ": cannot read the file (it does not exist): did you mean 'aries-cori'?\n");
}

TEST(Topology, AnotherTopologyHoldsThePresetsNodes) {
  EXPECT_EQ(run_json("topology ethernet-25g-roce")["nodes"], 128);
  for (const std::string topology : {"torus", "hyperx", "fat_tree"}) {
    EXPECT_EQ(run_json("topology ethernet-25g-roce --set topology=" + topology)["nodes"], 128);
  }
  // Unless its own sizes have less room: 4 x 4 switches of one node.
  EXPECT_EQ(
      run_json("topology ethernet-25g-roce --set topology=torus --set dimensions=[4,4]")["nodes"],
      16);
}

TEST(Topology, TakesPresetsFilesScenariosAndJson) {
  EXPECT_EQ(run_json("topology aries-piz-daint --nodes 8 --check --quiet")["nodes"], 8);
  const TemporaryFile scenario(small_scenario());
  EXPECT_EQ(run_json("topology " + scenario.path())["nodes"], 4);
  const std::string network =
      R"({"topology": "single_switch", "injection_bandwidth": "1 GB/s", "injection_latency": "1 us"})";
  const TemporaryFile file(network);
  EXPECT_EQ(run_json("topology " + file.path() + " --nodes 6")["links"], 12);
  const json inline_network = run_json("topology '" + network + "' --nodes 6");
  // Three nodes send 1 GB/s each to the other three.
  EXPECT_EQ(inline_network["bisection_bytes_per_s"], 3e9);
}

TEST(Topology, ChecksAndSaysSoInItsStatus) {
  const json good = run_json("topology aries-piz-daint --nodes 8 --check --quiet");
  EXPECT_EQ(good["check"]["passed"], true);
  EXPECT_EQ(good["check"]["throughput"][0]["exact"], true);
  const TemporaryFile graph(R"({"switches": ["a", "b"], "links": [],
      "nodes": [{"switches": ["a"]}, {"switches": ["b"]}]})");
  const std::string folder = graph.path().substr(0, graph.path().rfind('/') + 1);
  const TemporaryFile file(R"({"topology": "file", "file": ")" +
                           graph.path().substr(folder.size()) +
                           R"(", "injection_bandwidth": "1 GB/s", "injection_latency": "1 us"})");
  const ProgramRun bad = run_program("topology " + file.path() + " --check --json");
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(json::parse(bad.out)["check"]["unreachable_pairs"], 2);
  const ProgramRun unchecked = run_program("topology " + file.path());
  EXPECT_EQ(unchecked.status, 2);
  EXPECT_NE(unchecked.err.find("node 1 on 'b' cannot reach node 0 on 'a'"), std::string::npos)
      << unchecked.err;
}

TEST(Topology, ExportsWhatItReadsBack) {
  const TemporaryFile graph("", ".graphml");
  const TemporaryFile other("", ".json");
  const TemporaryFile xml("", ".xml");
  const ProgramRun run =
      run_program("topology infiniband-edr-fat-tree --nodes 36 --graphml " + graph.path() +
                  " --json-graph " + other.path() + " --simgrid-xml " + xml.path());
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_NE(read_file(xml.path()).find("</platform>"), std::string::npos);
  for (const TemporaryFile* exported : {&graph, &other}) {
    const json again = run_json(R"(topology '{"topology": "file", "file": ")" + exported->path() +
                                R"(", "injection_bandwidth": "12.5 GB/s",
                                      "injection_latency": "1 us"}')");
    EXPECT_EQ(again["nodes"], 36);
  }
}

TEST(Topology, Draws) {
  const TemporaryFile dot("", ".dot");
  const TemporaryFile svg("", ".svg");
  const ProgramRun run = run_program("topology infiniband-edr-fat-tree --nodes 36 --dot " +
                                     dot.path() + " --svg " + svg.path());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(read_file(dot.path()).find("graph"), std::string::npos);
  EXPECT_NE(read_file(svg.path()).find("</svg>"), std::string::npos);
}

TEST(Topology, DrawsTheLoadOfItsLinks) {
  const TemporaryFile svg("", ".svg");
  const std::string draw = "topology infiniband-edr-fat-tree --nodes 36 --svg " + svg.path();
  const ProgramRun run = run_program(draw + " --load half_way");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("load of the picture: half way: node n to n + 18"), std::string::npos);
  EXPECT_NE(read_file(svg.path()).find("Busiest link: "), std::string::npos);
  EXPECT_EQ(run_program(draw + " --load heavy").status, 2);
  EXPECT_EQ(run_program("topology infiniband-edr-fat-tree --load ring").status, 2);
  EXPECT_EQ(
      run_program("topology infiniband-edr-fat-tree --nodes 1 --load ring --svg " + svg.path())
          .status,
      0);
  const ProgramRun one =
      run_program(R"(topology '{"topology": "single_switch", "injection_bandwidth": "1 GB/s", )"
                  R"("injection_latency": "1 us"}' --load next_group --svg )" +
                  svg.path());
  EXPECT_EQ(one.status, 2);
  EXPECT_NE(one.err.find("all in one group"), std::string::npos) << one.err;
}

TEST(Validate, FailsBeyondTheAllowedError) {
  const TemporaryFile scenario(small_scenario());
  // A step that takes a second is far from what is predicted.
  const TemporaryFile measurements(
      R"([{"id": "slow", "source": "nobody", "where": "-", "scenario": ")" + scenario.path() +
      R"(", "at": 2, "measured": {"quantity": "step_time", "value": 1, "unit": "s"}}])");
  const ProgramRun run = run_program("validate " + measurements.path() + " --max-error 10% --json");
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_NE(run.err.find("--max-error allows 10.0 %"), std::string::npos) << run.err;
  EXPECT_EQ(json::parse(run.out)["records"].size(), 1u);
  EXPECT_EQ(run_program("validate " + measurements.path() + " --max-error 100").status, 0);
}

}  // namespace
}  // namespace rehearse
