// What one rank cannot stand for is refused.
#include <gtest/gtest.h>

#include "base/error.h"
#include "sim/worlds/simulation.h"
#include "tests/worlds/toy_server.h"

namespace rehearse {
namespace {

TEST(Folding, OfAStrategyWhoseRanksDifferIsRefusedByItsName) {
  const ToyServer toy(2, 1, 100);
  SimulationOptions options;
  options.workers = {0, 1, 2};
  options.fidelity = Fidelity::analytic;
  try {
    simulate(options, toy);
    ADD_FAILURE() << "it was not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    EXPECT_NE(std::string(error.what()).find("'toy server'"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("2 workers, 1 server"), std::string::npos);
  }
}

}  // namespace
}  // namespace rehearse
