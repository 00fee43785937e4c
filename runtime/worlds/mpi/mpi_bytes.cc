#include "runtime/worlds/mpi/mpi_bytes.h"

#include <array>

#include "runtime/worlds/mpi/mpi_state.h"

namespace rehearse {
namespace {

constexpr std::int64_t kChunk = std::int64_t{1} << 20;

}  // namespace

MpiBytes::MpiBytes(std::int64_t bytes) : bytes_(bytes) {
  if (bytes <= kChunk) return;
  MPI_Datatype chunk = MPI_DATATYPE_NULL;
  mpi_check(MPI_Type_contiguous(static_cast<int>(kChunk), MPI_BYTE, &chunk), "MPI_Type_contiguous");
  // So many chunks, and behind them the bytes that are left.
  const std::int64_t chunks = bytes / kChunk;
  const std::array<int, 2> counts{static_cast<int>(chunks), static_cast<int>(bytes % kChunk)};
  const std::array<MPI_Aint, 2> places{0, static_cast<MPI_Aint>(chunks * kChunk)};
  const std::array<MPI_Datatype, 2> types{chunk, MPI_BYTE};
  mpi_check(MPI_Type_create_struct(2, counts.data(), places.data(), types.data(), &type_),
            "MPI_Type_create_struct");
  has_type_ = true;
  MPI_Type_free(&chunk);
  mpi_check(MPI_Type_commit(&type_), "MPI_Type_commit");
}

MpiBytes::~MpiBytes() {
  if (has_type_) MPI_Type_free(&type_);
}

bool MpiBytes::filled(const MPI_Status& status) const {
  MPI_Count arrived = 0;
  mpi_check(MPI_Get_elements_x(&status, type_, &arrived), "MPI_Get_elements_x");
  return arrived == bytes_;
}

}  // namespace rehearse
