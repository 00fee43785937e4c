#include "train/record_origin.h"

#include <string>

#include "train/trace_text.h"

namespace rehearse {

void describe_origin(const Scenario& scenario, const Backend& backend, int threads,
                     RunRecord& record) {
  record.version = REHEARSE_VERSION;
  record.machine = this_machine();
  record.machine.kernels = backend.library();
  record.machine.transport = MpiSession::library();
  if (scenario.local) record.profile = scenario.local->json;
  record.threads = threads;
}

bool gather_ranks(MpiSession& session, const RecordedRank& mine,
                  const std::vector<TraceSpan>& trace, RunRecord& record) {
  const std::vector<std::string> ranks = session.gather(to_text(mine));
  for (const std::string& spans : session.gather(to_text(trace))) {
    append_spans(spans, record.trace);
  }
  if (session.rank() != 0) return false;
  for (const std::string& text : ranks) record.ranks.push_back(recorded_rank_from_text(text));
  return true;
}

RecordedStep recorded(const StepRecord& step, double loss) {
  RecordedStep result;
  result.begin = step.begin.value();
  result.time = (step.end - step.begin).value();
  result.parts = step.parts;
  result.hidden_communication = step.hidden_communication;
  result.loss = loss;
  return result;
}

}  // namespace rehearse
