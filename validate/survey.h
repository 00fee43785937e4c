// A measurement as surveys of the literature collect them, and what of it says what was run: the
// fields in uniform words where the survey has them, else what its texts tell.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json_reader.h"
#include "validate/measurements.h"
#include "validate/survey_shape.h"

namespace rehearse {

// Of the layout, in the record's words.
struct SurveyLayout {
  std::string schedule, recompute;             // empty: not told
  std::vector<std::string> recompute_modules;  // of selective recomputation
  std::map<std::string, double> offload;       // shares
};

// Empty texts and zeros are not known.
struct SurveyRecord {
  std::string id;
  std::string source;
  std::string family;  // its own, else what of `source` stands before the first comma or colon
  std::string model;   // in the record's words
  std::string zoo;     // our name of the same network
  std::string hardware, network, algorithm;  // in the record's words
  std::vector<std::string> devices;          // profiles that its device may be; empty: not known
  std::string device_word;                   // as the record names it, for messages
  std::string precision;
  std::string framework;
  std::string adapter;   // of a fine-tuning
  std::string notes;     // in the record's words
  std::string strategy;  // empty: synchronous data parallelism
  std::int64_t nodes = 0;
  std::int64_t workers = 0;  // devices in all
  std::int64_t batch = 0;    // samples of a step, of all workers
  // Of the layout: tensor, pipeline, context, expert, expert_tensor, zero, sequence, data,
  // microbatch, microbatches, virtual_stages, shard_group, servers, groups, offload, fsdp; those
  // that are told.
  std::map<std::string, double> degrees;
  SurveyLayout layout;
  std::optional<SurveyShape> shape;  // of a transformer
  std::int64_t sequence = 0;         // tokens of a sample
  std::optional<bool> mappable;      // as the survey judges it
  std::string unmappable_because;
  std::string quantity;      // in uniform words: samples_per_s, step_time, …
  double uniform_value = 0;  // of `quantity`; 0 unless it is one positive number
  std::string
      flops_convention;  // of FLOP/s and of shares of the peak, in words of kFlopsConventionNames
  double peak = 0;       // FLOP/s of a device in `precision`; 0: not looked up
  std::string metric;    // in the record's words
  double value = 0;      // of `metric` in `unit`
  std::string unit;
  std::string read_method;           // how sure the value is
  std::vector<std::string> assumed;  // its fields that rest on an assumption

  [[nodiscard]] double degree(const std::string& name, double absent) const;
};

// Throws Error::input if it is no record of a survey.
SurveyRecord read_survey_record(ObjectReader reader);

// What was measured, as a quantity that a prediction has.
struct SurveyQuantity {
  Measurement::Quantity quantity = Measurement::Quantity::throughput;
  double value = 0;  // in `unit`
  std::string unit;
  double unit_value = 1;         // of one `unit` in s, samples/s, B or 1
  std::int64_t relative_to = 0;  // of an efficiency; 0: not told
  bool allocated = false;        // of memory: without what the framework takes beside
};

// Empty if no prediction has such a quantity, or if the value is not one positive number.
std::optional<SurveyQuantity> quantity_of(const SurveyRecord& record);

// The same for those that only a transformer has: rates of tokens and of FLOP, which become rates
// of samples, and memory. Empty for others.
std::optional<SurveyQuantity> language_quantity(const SurveyRecord& record);

// "quantity 'memory' …": why quantity_of is empty.
std::string quantity_obstacle(const SurveyRecord& record);

// Standard error of the value, a share, by how it was read.
double reading_error(const SurveyRecord& record);

// What of the layout is more than synchronous data parallelism, one item each: "tensor 8".
std::vector<std::string> beyond_data_parallel(const SurveyRecord& record);

// Why no scenario can be made of the record as it stands, one item each; empty if one can. The
// network between its nodes is not looked at.
std::vector<std::string> obstacles(const SurveyRecord& record);

// Whether it is of synchronous workers around parameter servers whose number is told.
bool has_servers(const SurveyRecord& record);

// "synthetic" or "real" where its notes tell which data was read, else empty.
std::string data_of(const SurveyRecord& record);

// One line, separated by semicolons.
std::string in_one_line(const std::vector<std::string>& items);

// A degree: 4, not 4.00000.
std::string degree_text(double degree);

// Case does not matter.
bool holds_text(std::string_view text, std::string_view part);
// The same, with neither letter nor digit beside it.
bool holds_word(std::string_view text, std::string_view word);

}  // namespace rehearse
