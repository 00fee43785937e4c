#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/worlds/mpi/mpi_state.h"

namespace rehearse {
namespace {

constexpr int kTextTag = 2;

void start_threaded() {
  int provided = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) {
    throw Error::environment("MPI did not start");
  }
  if (provided < MPI_THREAD_MULTIPLE) {
    throw Error::environment("this MPI does not serve several threads at once",
                             "training communicates while it computes",
                             "use an MPI built with MPI_THREAD_MULTIPLE");
  }
}

void expect_sendable(std::size_t bytes) { EXPECTS(bytes <= std::size_t{1} << 30); }

}  // namespace

void mpi_check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error::environment(std::string(call) + " failed",
                           std::string(text.data(), static_cast<std::size_t>(length)));
}

MpiSession::MpiSession() : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.exceptions = std::uncaught_exceptions();
  if (!launched()) return;
  start_threaded();
  s.initialised = true;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  mpi_check(MPI_Comm_dup(MPI_COMM_WORLD, &s.control), "MPI_Comm_dup");
  MPI_Comm_rank(s.control, &s.rank);
  MPI_Comm_size(s.control, &s.size);
  MPI_Comm node = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split_type(s.control, MPI_COMM_TYPE_SHARED, s.rank, MPI_INFO_NULL, &node),
            "MPI_Comm_split_type");
  MPI_Comm_rank(node, &s.local_rank);
  MPI_Comm_size(node, &s.local_size);
  int first = s.rank;  // of this node
  mpi_check(MPI_Bcast(&first, 1, MPI_INT, 0, node), "MPI_Bcast");
  MPI_Comm_free(&node);
  std::vector<int> firsts(static_cast<std::size_t>(s.size));
  mpi_check(MPI_Allgather(&first, 1, MPI_INT, firsts.data(), 1, MPI_INT, s.control),
            "MPI_Allgather");
  for (int rank = 0; rank < first; ++rank) {
    if (firsts[static_cast<std::size_t>(rank)] == rank) ++s.node;
  }
}

MpiSession::~MpiSession() {
  State& s = *state_;
  if (!s.initialised || s.failed || std::uncaught_exceptions() > s.exceptions) return;
  MPI_Comm_free(&s.control);
  MPI_Finalize();
}

int MpiSession::rank() const { return state_->rank; }
int MpiSession::size() const { return state_->size; }
int MpiSession::node() const { return state_->node; }
int MpiSession::local_rank() const { return state_->local_rank; }
int MpiSession::local_size() const { return state_->local_size; }

std::vector<std::string> MpiSession::gather(const std::string& text) {
  const State& s = *state_;
  expect_sendable(text.size());
  if (s.size == 1) return {text};
  if (s.rank != 0) {
    mpi_check(
        MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, 0, kTextTag, s.control),
        "MPI_Send");
    return {};
  }
  std::vector<std::string> texts{text};
  for (int peer = 1; peer < s.size; ++peer) {
    MPI_Status status;
    mpi_check(MPI_Probe(peer, kTextTag, s.control, &status), "MPI_Probe");
    int length = 0;
    MPI_Get_count(&status, MPI_CHAR, &length);
    std::string& theirs = texts.emplace_back(static_cast<std::size_t>(length), '\0');
    mpi_check(MPI_Recv(theirs.data(), length, MPI_CHAR, peer, kTextTag, s.control, &status),
              "MPI_Recv");
  }
  return texts;
}

std::string MpiSession::broadcast(const std::string& text) {
  const State& s = *state_;
  if (s.size == 1) return text;
  if (s.rank == 0) expect_sendable(text.size());
  std::string common = s.rank == 0 ? text : "";
  auto length = static_cast<int>(common.size());
  mpi_check(MPI_Bcast(&length, 1, MPI_INT, 0, s.control), "MPI_Bcast");
  common.resize(static_cast<std::size_t>(length));
  mpi_check(MPI_Bcast(common.data(), length, MPI_CHAR, 0, s.control), "MPI_Bcast");
  return common;
}

void MpiSession::abort_others(int status) {
  if (state_->initialised && state_->size > 1) MPI_Abort(MPI_COMM_WORLD, status);
}

// mpirun of Open MPI, of MPICH and its kin (PMI), srun with PMI2 or PMIx.
bool MpiSession::launched() {
  constexpr std::array kMarks{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK"};
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [](const char* name) { return std::getenv(name) != nullptr; });
}

std::string MpiSession::library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  if (MPI_Get_library_version(text.data(), &length) != MPI_SUCCESS) return "MPI";
  // "Open MPI v4.1.4, package: Debian OpenMPI, ident: …": what comes before the first comma.
  const std::string whole(text.data(), static_cast<std::size_t>(length));
  std::string name = whole.substr(0, whole.find_first_of(",\n"));
  const std::size_t v = name.find(" v");
  if (v != std::string::npos) name.erase(v + 1, 1);
  return name;
}

}  // namespace rehearse
