// FairShare: whose turn it is. Virtual token counters (Sheng et al., "Fairness in Serving Large Language
// Models", OSDI 2024), nested: tenants share the engine, projects share their tenant's part, keys their project's.
//
// Every payer has an account; the seconds of computing that it took are charged as they happen, divided by its weight,
// and the account that was charged least goes first. Who comes back after a pause is lifted to where the others are:
// nobody saves up turns by staying away. While two tenants both have work waiting, what they were served differs by a
// bounded amount, however many connections each has.
//
// Weights are the operator's word: a tenant of weight 3 gets three times what one of weight 1 gets, while both have
// work; so do projects within their tenant. Whoever is not named weighs 1.
//
// Pure: no clock, no threads. An account lives at least as long as it has work; idle tenants are forgotten when they
// are many.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/principal.hpp"

namespace entente::local {

struct FairWeight {
  std::string tenant;   // name
  std::string project;  // name; empty: the tenant's own weight
  double weight = 1;    // above 0
};

class FairShare {
 public:
  class Account;

  explicit FairShare(std::vector<FairWeight> weights = {});
  ~FairShare();

  // The account of a key, under its project and tenant; opened when it is not there yet.
  Account& account(const Principal& payer);

  // One more, or one less, piece of work that is not done yet.
  void enter(Account& account);
  void leave(Account& account);

  void charge(Account& account, double service);

  // Whether `a` should be served before `b`.
  static bool before(const Account& a, const Account& b);
  // The tenant's own counter: how much service it was given while others waited too, divided by its weight.
  static double served(const Account& account);
  static const Account& tenant_of(const Account& account);

  // What part of the machine a tenant gets while all those with work have more than they get: from 0 to 1. Of one that
  // has none now: when it comes, too.
  double part_of(const Principal& payer) const;
  double part_of(const Account& account) const;                           // of its tenant
  double part_of(const Account& account, const Principal& beside) const;  // when that one has work, too

  // By how many seconds of computing, divided by its weight, a tenant is ahead of the one that is served next.
  double ahead(const Principal& payer) const;
  double weight_of(const Principal& payer) const;  // of its tenant

 private:
  double weight_of(std::string_view tenant, std::string_view project) const;
  double busy_weight_with(const Principal& payer) const;
  const Account* known(const Principal& payer) const;
  void sum_busy_weight();
  void forget_idle();
  const std::vector<FairWeight> weights_;
  std::unique_ptr<Account> root_;
  double busy_weight_ = 0;  // of the tenants with work
};

class FairShare::Account {
 public:
  const std::string& name() const { return name_; }
  const std::string& called() const { return called_; }  // of a tenant: what its owner calls it

 private:
  friend class FairShare;
  Account* parent_ = nullptr;
  int depth_ = 0;
  std::string name_, called_;
  double weight_ = 1;
  double counter_ = 0;
  double now_ = 0;          // where this account's children are: the least counter of those with work, never falling
  std::uint32_t work_ = 0;  // pieces not done yet, of all below
  std::map<std::string, std::unique_ptr<Account>, std::less<>> children_;
  std::vector<Account*> busy_;  // children with work
};

}  // namespace entente::local
