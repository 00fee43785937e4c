// Compiled once per case by tests/base/CMakeLists.txt; every case but "allowed" must be refused.
#include "base/units.h"

using namespace rehearse;

#if defined(CASE_allowed)
constexpr Duration ok = Bytes(1) / Bandwidth(2) + Duration(1);
static_assert(ok == Duration(1.5));
#elif defined(CASE_bytes_plus_duration)
constexpr auto bad = Bytes(1) + Duration(1);
#elif defined(CASE_bandwidth_times_bytes)
constexpr auto bad = Bandwidth(1) * Bytes(1);
#elif defined(CASE_duration_from_double)
constexpr Duration bad = 1.0;
#elif defined(CASE_flops_over_bandwidth)
constexpr auto bad = Flops(1) / Bandwidth(1);
#elif defined(CASE_compare_bytes_duration)
constexpr bool bad = Bytes(1) < Duration(1);
#endif
