// Rulebook: the policies of a server worked out for its deployments, so that a request only looks up what was found.
//
// Every rule is checked for every deployment once, when the configuration is read and when a new day begins (facts and
// rules have dates). What applies to a piece of work is then found from its Envelope and its Principal. Never changed
// after it was made, any thread. It keeps the catalogue that it was made for.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/deployment.hpp"
#include "domain/principal.hpp"
#include "policy/policy.hpp"

namespace entente::policy {

class Rulebook {
 public:
  using Day = std::chrono::sys_days;

  Rulebook(std::shared_ptr<const Catalogue> catalogue, std::shared_ptr<const Policies> policies, Day day);

  const Catalogue& catalogue() const { return *catalogue_; }
  const std::shared_ptr<const Catalogue>& shared_catalogue() const { return catalogue_; }
  const std::shared_ptr<const Policies>& policies() const { return policies_; }
  Day day() const { return day_; }
  const std::string& today() const { return today_; }  // the same as an ISO date
  const std::string& hash() const { return hash_; }    // name_of_text(policies_text(used_of()))

  // The policies by number, the configured ones in their order, then the one that is always there.
  std::size_t count() const { return all_.size(); }
  const Policy& policy(std::size_t number) const { return *all_[number].policy; }

  // Which policies the work must meet: those whose `when` fits, and those that it asks for by name.
  // A model has its own name and that by which the client calls it; a policy for either applies.
  std::vector<std::uint32_t> applying(const Envelope& envelope, const Principal& principal,
                                      std::string_view model) const;

  // Whose names some policy asks for: a decision depends on no others.
  struct Asks {
    bool tenants = false, projects = false, keys = false, persons = false;
  };
  const Asks& asks() const { return asks_; }

  // Names of policies that nobody described are the client's mistake: invalid_request.
  Result<> check_names(const std::vector<std::string>& asked_for) const;

  struct Failure {
    std::uint32_t policy = 0;
    std::string rule;    // "health", "health: eu-transfer, GDPR art. 44"
    std::string reason;  // after the deployment's name: "processes prompts in SE; only FR is allowed"
  };
  struct Judged {
    const Deployment* deployment = nullptr;        // of the catalogue
    std::string facts;                             // name_of_text(facts_text())
    std::string terms;                             // name_of_text(terms_text())
    std::vector<Failure> failures;                 // the first of each policy that it does not meet
    std::vector<std::uint32_t> unmet;              // policies, once for each preference of theirs that it does not meet
    std::map<std::uint32_t, std::string> grounds;  // by policy: on which grounds rules of it were lifted
  };
  // Null: there is no such deployment; a deployment of the catalogue has its own.
  const Judged* judged(std::string_view deployment) const;

  // The same of Catalogue::keeper, by what rules ask of a place and its owner; which deployments or providers they ask
  // for is not about keeping.
  const Judged& keeper() const { return keeper_; }

  // What a deployment would have to be to meet a policy: each rule's wish.
  std::vector<std::string> wishes(std::uint32_t policy) const;

 private:
  struct Placed {  // a rule, with the profile that it is from
    const Rule* rule;
    const Profile* profile;
  };
  struct Entry {
    const Policy* policy;
    std::vector<Placed> rules;
    bool standing = true;  // within its dates
  };
  enum class For { work, keeping };
  Judged judge(const Deployment& deployment, For what) const;

  std::shared_ptr<const Catalogue> catalogue_;
  std::shared_ptr<const Policies> policies_;
  Day day_;
  std::string today_;
  std::string hash_;
  std::vector<Entry> all_;
  Asks asks_;
  std::map<std::string, Judged, std::less<>> judged_;
  Judged keeper_;
};

// "2026-11-27".
std::string iso_date(Rulebook::Day day);
Rulebook::Day day_of(Instant instant);

}  // namespace entente::policy
