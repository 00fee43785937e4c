// The session over MPI, and how its jobs end: run by mpirun with several numbers of ranks. What
// programs may expect of the world is in tests/worlds.
#include <gtest/gtest.h>

#include <csignal>
#include <iostream>

#include "base/error.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "tests/worlds/mpi_main.h"

namespace rehearse {
namespace {

MpiSession* session = nullptr;  // GoogleTest hands nothing to its tests

// The greatest tag of MPI is an int, and some libraries know fewer.
TEST(MpiWorld, HasNoTagsForGroupsWithoutEnd) {
  if (session->size() == 1) return;
  run_over_mpi(*session, {}, [](World& world) {
    Transport& t = world.transport();
    std::vector<int> members;
    for (int rank = 0; rank < t.size(); ++rank) members.push_back(rank);
    const Group group(1 << 20, members);
    const int next = (t.rank() + 1) % t.size();
    EXPECT_THROW(t.send(group, next, 0, {}), Error);
    EXPECT_THROW(t.receive(group, kAnyRank, 0, {}), Error);
  });
}

TEST(MpiSession, GathersAndBroadcastsTexts) {
  const int me = session->rank();
  const std::string text(static_cast<std::size_t>(me) * 1'500'000, static_cast<char>('a' + me));
  const std::vector<std::string> all = session->gather(text);
  ASSERT_EQ(all.size(), me == 0 ? static_cast<std::size_t>(session->size()) : 0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(all[i] == std::string(i * 1'500'000, static_cast<char>('a' + i)));
  }
  const std::string message(me == 0 ? 3'000'000 : 5, 'x');
  EXPECT_TRUE(session->broadcast(message) == std::string(3'000'000, 'x'));
  EXPECT_EQ(session->broadcast(""), "");
}

TEST(MpiSession, KnowsItsPlace) {
  EXPECT_EQ(MpiSession::launched(), session->size() > 1);
  EXPECT_EQ(session->node(), 0);  // all ranks of the test run on one machine
  EXPECT_LT(session->local_rank(), session->local_size());
  EXPECT_LE(session->local_size(), session->size());
  EXPECT_TRUE(session->size() == 1 || MpiSession::library().find("MPI") != std::string::npos);
}

// Not tests but ways to end: what the test of the job's end starts under mpirun.
int end_badly(const std::string& how) {
  MpiSession mpi;
  try {
    run_over_mpi(mpi, {}, [&](World& world) {
      Transport& t = world.transport();
      t.agree_min(*t.world(), 0);
      const std::shared_ptr<Signal> never = world.make_signal(true);
      world.spawn([&t, &how, never](World& background) {
        if (t.rank() == 1 && how == "background") throw Error::environment("lost");
        if (how == "background") background.transport().agree_min(*t.world(), 1);
        never->wait_above(0);
      });
      if (t.rank() == 1 && (how == "main" || how == "silence")) throw Error::environment("lost");
      if (t.rank() == 1 && how == "kill") std::raise(SIGKILL);
      if (how == "silence") t.receive(*t.world(), 1, 0, {});
      t.agree_min(*t.world(), 1);
      never->raise();
    });
  } catch (const Error& error) {
    std::cerr << error.what() << std::endl;
    if (how != "main") mpi.abort_others(3);
    return 3;
  }
  return 0;
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--end") return rehearse::end_badly(argv[2]);
  rehearse::MpiSession mpi;
  rehearse::session = &mpi;
  return rehearse::run_tests_over_mpi(mpi, argc, argv);
}
