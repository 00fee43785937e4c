// An all-reduce by MPI_Sendrecv, for smpirun: prints its seconds on the virtual clock.
//
//   smpirun -np 16 -platform cluster.xml all_reduce ring 1048576
//
// The rounds are those of runtime/collectives/ring.h and recursive.h; nothing is added up, because
// additions are free on the other side of the comparison too.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ring(char* buffer, int bytes, int rank, int ranks) {
  const int part = bytes / ranks;
  for (int round = 0; round < 2 * (ranks - 1); ++round) {
    const int sent = ((rank - round) % ranks + ranks) % ranks;
    const int received = (sent + ranks - 1) % ranks;
    MPI_Sendrecv(buffer + sent * part, part, MPI_CHAR, (rank + 1) % ranks, 0,
                 buffer + received * part, part, MPI_CHAR, (rank + ranks - 1) % ranks, 0,
                 MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
}

static void recursive_doubling(char* buffer, char* other, int bytes, int rank, int ranks) {
  for (int distance = 1; distance < ranks; distance *= 2) {
    MPI_Sendrecv(buffer, bytes, MPI_CHAR, rank ^ distance, 0, other, bytes, MPI_CHAR,
                 rank ^ distance, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  if (argc != 3) return 2;
  const int bytes = atoi(argv[2]);
  int rank, ranks;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  char* buffer = malloc(bytes);
  char* other = malloc(bytes);
  const double begin = MPI_Wtime();
  if (strcmp(argv[1], "ring") == 0) {
    ring(buffer, bytes, rank, ranks);
  } else {
    recursive_doubling(buffer, other, bytes, rank, ranks);
  }
  const double seconds = MPI_Wtime() - begin;
  double slowest;
  MPI_Reduce(&seconds, &slowest, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("%.9f\n", slowest);
  free(buffer);
  free(other);
  MPI_Finalize();
  return 0;
}
