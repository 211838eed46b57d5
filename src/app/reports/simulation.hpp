// Simulation: past decisions made again by another configuration: what would change. Everything that a decision went by
// but the configuration is taken from its record: the question, the number drawn, measured times, the day. Labels that
// were found in a text are those of then: texts are not kept.
//
// One configuration, one thread. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "labels/labeller.hpp"
#include "policy/rulebook.hpp"
#include "store/records.hpp"

namespace entente::app {

// Who is asked, in order; where that is nobody, why.
struct WhoIsAsked {
  std::vector<std::string> order;
  std::string why;  // "health: sweden processes prompts in SE; only FR is allowed", "the model is gone"
};

struct Simulated {
  std::string request, at, model;  // as the client named it
  WhoIsAsked before, after;
};

class Simulation {
 public:
  Simulation(std::shared_ptr<const Catalogue> catalogue, std::shared_ptr<const policy::Policies> policies,
             std::shared_ptr<const labels::Labeller> labeller = std::make_shared<labels::Labeller>());

  // Nothing: the record holds no decision that can be made again (a test of a deployment, an older form). Failure: it
  // cannot be read.
  Result<std::optional<Simulated>> run(const store::PastDecision& past);

  // Decisions whose record does not name the person, while a policy of the configuration asks for persons.
  std::size_t without_person() const { return without_person_; }

 private:
  const policy::Rulebook& book_of(policy::Rulebook::Day day);

  std::shared_ptr<const Catalogue> catalogue_;
  std::shared_ptr<const policy::Policies> policies_;
  std::shared_ptr<const labels::Labeller> labeller_;
  std::map<policy::Rulebook::Day, policy::Rulebook> books_;  // facts and rules have dates
  std::size_t without_person_ = 0;
};

}  // namespace entente::app
