// Quantities as people write them: "25 GB/s", "100 Gbit/s", "1.3 us", "64 MiB".
//
// Parsing is strict: number, optional space, unit. Units: sizes B kB MB GB TB PB KiB MiB GiB TiB;
// bandwidth = size/s or bit kbit Mbit Gbit Tbit per s; time ns us ms s min h d; rates FLOP/s with
// prefixes k M G T P E. Decimal prefixes are powers of 1000, binary ones of 1024. Throws
// Error::input for a missing or wrong unit, a negative, infinite or NaN value. Zero is accepted:
// callers that need a positive value say so.
#pragma once

#include <string>
#include <string_view>

#include "base/units.h"

namespace rehearse {

Duration parse_duration(std::string_view text);
Bytes parse_bytes(std::string_view text);
Bandwidth parse_bandwidth(std::string_view text);
FlopRate parse_flop_rate(std::string_view text);

// Three significant digits and the unit that keeps the number between 1 and 1000.
std::string to_text(Duration value);
std::string to_text(Bytes value);
std::string to_text(Bandwidth value);
std::string to_text(Flops value);
std::string to_text(FlopRate value);

// `value` with `digits` significant digits, without an exponent: 0.00123, 45.7, 12300.
std::string significant(double value, int digits = 3);

}  // namespace rehearse
