#include "train/evaluate.h"

#include <cstdio>

#include "train/evaluator.h"
#include "train/floats_text.h"
#include "train/host_values.h"

namespace rehearse {
Evaluation evaluate(Executor& net, const Dataset& data, MpiSession& session,
                    const Backend& backend) {
  std::vector<float> statistics = host_values(backend, net.statistics());
  from_bytes(session.broadcast(to_bytes(std::span<float>(statistics))),
             std::span<float>(statistics));
  set_values(backend, net.statistics(), statistics);
  const std::int64_t ranks = session.size();
  const EvaluationCount mine = evaluate_samples(net, data, data.size() * session.rank() / ranks,
                                                data.size() * (session.rank() + 1) / ranks);
  char line[128];
  std::snprintf(line, sizeof line, "%lld %lld %lld %a", mine.samples, mine.labels, mine.correct,
                mine.loss);
  EvaluationCount all;
  for (const std::string& text : session.gather(line)) {
    EvaluationCount part;
    std::sscanf(text.c_str(), "%lld %lld %lld %la", &part.samples, &part.labels, &part.correct,
                &part.loss);
    all.samples += part.samples;
    all.labels += part.labels;
    all.correct += part.correct;
    all.loss += part.loss;
  }
  Evaluation evaluation{all.samples, 0, 0};
  if (all.samples > 0) {
    evaluation.accuracy = all.accuracy();
    evaluation.loss = all.mean_loss();
  }
  return evaluation;
}

}  // namespace rehearse
