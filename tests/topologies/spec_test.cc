#include <gtest/gtest.h>

#include "networks.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {
namespace {

NetworkSpec read(const std::string& text) {
  return read_network_spec(JsonDocument::parse_text(text, "n.json").root());
}

std::string with_rates(const std::string& rest) {
  return R"({"injection_bandwidth": "10 GB/s", "injection_latency": "1 us", )" + rest + "}";
}

TEST(NetworkSpec, ReadsAFatTree) {
  const NetworkSpec spec = read(with_rates(
      R"("topology": "fat_tree", "ports": 36, "levels": 2, "oversubscription": [2],
         "link_bandwidth": "100 Gbit/s", "link_latency": "150 ns",
         "node": {"devices": 8, "nics": 4, "device_bandwidth": "40 GB/s",
                  "device_latency": "1 us"})"));
  const auto& tree = dynamic_cast<const FatTreeSpec&>(*spec.topology);
  EXPECT_EQ(tree.ports, 36);
  EXPECT_EQ(tree.levels, 2);
  EXPECT_EQ(tree.link.front().bandwidth, Bandwidth(12.5e9));
  EXPECT_EQ(spec.node->nics, 4);
}

TEST(NetworkSpec, Case31TakesOversubscriptionInEveryForm) {
  const auto found = [](const std::string& value) {
    const NetworkSpec spec = read(with_rates(
        R"("topology": "fat_tree", "ports": 36, "link_bandwidth": "1 GB/s",
           "link_latency": "1 us", "oversubscription": )" +
        value));
    return dynamic_cast<const FatTreeSpec&>(*spec.topology).oversubscription;
  };
  using Ratios = std::vector<double>;
  for (const char* two : {"2", "2.0", "[2]", "\"2\"", "\"2:1\"", "\"2 : 1\"", "\"4:2\"",
                          "[\"2:1\"]", "\"[2]\"", "\"[2.0]\""}) {
    EXPECT_EQ(found(two), Ratios{2}) << two;
  }
  EXPECT_EQ(found("[2, 1]"), (Ratios{2, 1}));
  EXPECT_EQ(found("\"[2, 1]\""), (Ratios{2, 1}));
  EXPECT_EQ(found("[\"3:2\", 1]"), (Ratios{1.5, 1}));
  for (const char* bad : {"0", "-1", "\"2:0\"", "\"2:1:1\"", "\"two\"", "true", "[null]", "1e9"}) {
    EXPECT_NE(error_of([&] { found(bad); }).find("is not down : up"), std::string::npos) << bad;
  }
}

TEST(NetworkSpec, TakesOneNumberOfCablesOrOnePerLevel) {
  for (const char* cables : {"3", "[3]"}) {
    const NetworkSpec spec = read(with_rates(
        R"("topology": "fat_tree", "down": [4, 4], "up": [2], "link_bandwidth": "1 GB/s",
           "link_latency": "1 us", "link_cables": )" +
        std::string(cables)));
    EXPECT_EQ(dynamic_cast<const FatTreeSpec&>(*spec.topology).cables, std::vector<int>{3});
  }
}

TEST(NetworkSpec, RefusesNamesThatItDoesNotKnow) {
  for (const char* wrong :
       {R"("topology": "dragonfli")", R"("topology": "single_switch", "routing": "minimall")"}) {
    EXPECT_NE(error_of([&] { read(with_rates(wrong)); }).find("did you mean"), std::string::npos)
        << wrong;
  }
}

TEST(NetworkSpec, RefusesUnknownKeysAndZeroRates) {
  EXPECT_NE(error_of([] {
              read(with_rates(R"("topology": "single_switch", "ports": 4)"));
            }).find("unknown key 'ports'"),
            std::string::npos);
  EXPECT_EQ(
      error_of([] {
        read(R"({"topology": "single_switch", "injection_bandwidth": "0 GB/s",
                       "injection_latency": "1 us"})");
      }),
      "n.json: /injection_bandwidth: a bandwidth of zero moves nothing: give a positive rate");
  EXPECT_EQ(
      error_of([] {
        read(with_rates(R"("topology": "fat_tree", "down": [2, 2], "up": [2], "ports": 4)"));
      }),
      "n.json: /ports: 'ports' cannot stand beside 'down' and 'up' (they say the same): leave "
      "one of them out");
}

StackProfile read_profile(const std::string& text) {
  return read_stack_profile(JsonDocument::parse_text(text, "f.json").root());
}

TEST(StackProfile, ReadsRatesDelaysAndTheirErrors) {
  const StackProfile profile = read_profile(
      R"({"name": "tcp", "stream_bandwidth": "1.4 GB/s", "stream_bandwidth_rel_error": 0.05,
          "stream_rate_spread": 0.2, "step_latency": "40 us", "max_ranks": 64})");
  EXPECT_EQ(profile.stream_bandwidth, Bandwidth(1.4e9));
  EXPECT_DOUBLE_EQ(profile.step_latency.value(), 40e-6);
  EXPECT_EQ(profile.relative_error("stream_bandwidth"), 0.05);
  EXPECT_EQ(profile.relative_error("step_latency"), 0);
  EXPECT_EQ(profile.max_ranks, 64);
  EXPECT_NE(error_of([] {
              read_profile(R"({"name": "x", "step_latncy": "1 us"})");
            }).find("step_latency"),
            std::string::npos);
  EXPECT_EQ(error_of([] { read_profile(R"({"name": "x", "stream_bandwidth": "0 GB/s"})"); }),
            "f.json: /stream_bandwidth: a bandwidth of zero moves nothing: leave the key out if "
            "there is no limit");
}

TEST(StackProfile, TheCostOfAMessageMayDependOnItsSize) {
  const StackProfile profile = read_profile(
      R"({"name": "mpi", "step_latency": "9 us", "reduce_bandwidth": "4 GB/s",
          "local_messages": [{"from": "0 B", "latency": "1 us", "bandwidth": "5 GB/s"},
                             {"from": "4 KiB", "latency": "3 us", "bandwidth": "10 GB/s"},
                             {"from": "1 MiB", "latency": "6 us"}]})");
  EXPECT_DOUBLE_EQ(profile.local_message(Bytes(0)).latency.value(), 1e-6);
  EXPECT_EQ(profile.local_message(Bytes(4095)).bandwidth, Bandwidth(5e9));
  EXPECT_EQ(profile.local_message(Bytes(4096)).bandwidth, Bandwidth(10e9));
  EXPECT_EQ(profile.local_message(Bytes(5e6)).bandwidth, std::nullopt);
  EXPECT_DOUBLE_EQ(profile.message(Bytes(5e6)).latency.value(), 9e-6);  // no pieces between nodes
  EXPECT_DOUBLE_EQ(profile.addition(Bytes(1e6)).value(), 0.25e-3);
  EXPECT_DOUBLE_EQ(profile.local_addition(Bytes(1e6)).value(), 0.25e-3);  // none of its own
  EXPECT_EQ(StackProfile{}.addition(Bytes(1e6)), Duration(0));
  EXPECT_EQ(StackProfile{}.staging(Bytes(1e6)), Duration(0));
  const StackProfile gloo = read_profile(
      R"({"name": "gloo", "reduce_bandwidth": "4 GB/s", "local_reduce_bandwidth": "100 GB/s",
          "staging_bandwidth": "10 GB/s", "receive_loop_bandwidth": "5 GB/s",
          "gather_copy_bandwidth": "2 GB/s", "wire_efficiency": 0.5})");
  EXPECT_DOUBLE_EQ(gloo.local_addition(Bytes(1e6)).value(), 1e-5);
  EXPECT_DOUBLE_EQ(gloo.addition(Bytes(1e6)).value(), 0.25e-3);
  EXPECT_DOUBLE_EQ(gloo.staging(Bytes(1e6)).value(), 1e-4);
  EXPECT_DOUBLE_EQ(gloo.gather_copy(Bytes(1e6)).value(), 5e-4);
  EXPECT_EQ(gloo.receive_loop_on_wire(), Bandwidth(10e9));
  EXPECT_EQ(StackProfile{}.gather_copy(Bytes(1e6)), Duration(0));
  EXPECT_EQ(StackProfile{}.receive_loop_on_wire(), std::nullopt);
}

TEST(StackProfile, ReadsTheEndsOfMessages) {
  EXPECT_TRUE(read_profile(R"({"name": "x"})").ends.add_nothing());
  const MessageEnds ends =
      read_profile(R"({"name": "tcp", "wire_efficiency": 0.8, "acknowledgement_share": 0.02,
                       "idle_burst": "3 kB", "rendezvous_from": "64 KiB",
                       "departure_skew": "99 us", "departure_spread": 0.01,
                       "announcement": "106 B", "wake_up": "80 us"})")
          .ends;
  EXPECT_FALSE(ends.add_nothing());
  EXPECT_DOUBLE_EQ(ends.on_wire(Bytes(800), Bytes(10e3)).value(), 1250);  // (800 + 200) / 0.8
  EXPECT_EQ(ends.burst_after(Duration(1e-3), Bandwidth(1e6)), Bytes(1e3));
  EXPECT_EQ(ends.burst_after(Duration(1), Bandwidth(1e6)), Bytes(3e3));
  EXPECT_FALSE(ends.handshakes(Bytes(65535)));
  EXPECT_TRUE(ends.handshakes(Bytes(65536)));
  EXPECT_DOUBLE_EQ(ends.departure_apart(Duration(1)).value(), 99e-6 + 0.01);
  EXPECT_EQ(ends.announcement, Bytes(106));
  EXPECT_EQ(ends.waking(Duration(79e-6)), Duration(0));
  EXPECT_DOUBLE_EQ(ends.waking(Duration(81e-6)).value(), 80e-6);
  EXPECT_EQ(error_of([] { read_profile(R"({"name": "x", "departure_skew": "1 us"})"); }),
            "f.json: /departure_skew: 'departure_skew' without 'rendezvous_from' (only messages "
            "that wait for a reply take turns): add 'rendezvous_from' or leave it out");
}

TEST(StackProfile, RefusesPiecesThatContradict) {
  const auto local = [](const std::string& pieces, const std::string& more = "") {
    return error_of(
        [&] { read_profile(R"({"name": "x", "local_messages": [)" + pieces + "]" + more + "}"); });
  };
  const std::string first = R"({"from": "0 B", "latency": "1 us"})";
  EXPECT_EQ(local(first, R"(, "local_step_latency": "1 us")"),
            "f.json: /local_messages: 'local_messages' cannot stand beside "
            "'local_stream_bandwidth' and 'local_step_latency' (they say the same): leave one of "
            "them out");
  EXPECT_EQ(local(first + "," + first),
            "f.json: /local_messages/1/from: the pieces are not in order (sizes ascend from 0 B, "
            "each once): sort them");
  EXPECT_NE(local(R"({"from": "1 B", "latency": "1 us"})").find("not in order"), std::string::npos);
  EXPECT_NE(local("").find("too few entries"), std::string::npos);
  EXPECT_EQ(
      error_of([] {
        read_profile(R"({"name": "x", "stream_bandwidth": "1 GB/s",
                         "messages": [{"from": "0 B", "latency": "1 us"}]})");
      }),
      "f.json: /messages: 'messages' cannot stand beside 'stream_bandwidth' and 'step_latency' "
      "(they say the same): leave one of them out");
}

TEST(StackProfile, TheIdealOneAddsNothing) {
  const StackProfile ideal = read_stack_profile(
      JsonDocument::parse_file(std::string(REHEARSE_SOURCE_DIR) + "/scenarios/stacks/ideal.json")
          .root());
  EXPECT_EQ(ideal.name, "ideal");
  EXPECT_FALSE(ideal.stream_bandwidth.has_value());
  EXPECT_EQ(ideal.step_latency, Duration(0));
}

}  // namespace
}  // namespace rehearse
