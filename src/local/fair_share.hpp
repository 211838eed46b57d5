// FairShare: whose turn it is. Virtual token counters (Sheng et al., "Fairness in Serving Large Language
// Models", OSDI 2024), nested: tenants share the engine, projects share their tenant's part, keys their project's.
//
// Every payer has an account; work done for it is charged as it happens, and the account that was charged
// least goes first. Who comes back after a pause is lifted to where the others are: nobody saves up turns by staying
// away. While two tenants both have work waiting, what they were served differs by a bounded amount, however many
// connections each has.
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

class FairShare {
 public:
  class Account;

  FairShare();
  ~FairShare();

  // The account of a key, under its project and tenant; opened when it is not there yet.
  Account& account(const Principal& payer);

  // One more, or one less, piece of work that is not done yet.
  void enter(Account& account);
  void leave(Account& account);

  void charge(Account& account, double service);

  // Whether `a` should be served before `b`.
  static bool before(const Account& a, const Account& b);
  // The tenant's own counter: how much service it was given while others waited too.
  static double served(const Account& account);
  static const Account& tenant_of(const Account& account);

  std::size_t active_tenants() const;

 private:
  void forget_idle();
  std::unique_ptr<Account> root_;
};

class FairShare::Account {
 public:
  const std::string& name() const { return name_; }

 private:
  friend class FairShare;
  Account* parent_ = nullptr;
  int depth_ = 0;
  std::string name_;
  double counter_ = 0;
  double now_ = 0;          // where this account's children are: the least counter of those with work, never falling
  std::uint32_t work_ = 0;  // pieces not done yet, of all below
  std::map<std::string, std::unique_ptr<Account>, std::less<>> children_;
  std::vector<Account*> busy_;  // children with work
};

}  // namespace entente::local
