#include "local/scheduling/fair_share.hpp"

#include <algorithm>
#include <utility>

namespace entente::local {

namespace {
constexpr std::size_t most_idle_tenants = 4096;
}

FairShare::FairShare(std::vector<FairWeight> weights)
    : weights_(std::move(weights)), root_(std::make_unique<Account>()) {}
FairShare::~FairShare() = default;

FairShare::Account& FairShare::account(const Principal& payer) {
  if (root_->children_.size() > most_idle_tenants) forget_idle();
  Account* at = root_.get();
  for (const std::string* name : {&payer.tenant, &payer.project, &payer.key}) {
    std::unique_ptr<Account>& child = at->children_[*name];
    if (!child) {
      child = std::make_unique<Account>();
      child->parent_ = at;
      child->depth_ = at->depth_ + 1;
      child->name_ = *name;
      child->counter_ = at->now_;
      if (child->depth_ == 1) child->weight_ = weight_of(payer.tenant_name, "");
      if (child->depth_ == 2) child->weight_ = weight_of(payer.tenant_name, payer.project_name);
    }
    at = child.get();
    if (at->depth_ == 1) at->called_ = payer.tenant_name;
  }
  return *at;
}

void FairShare::enter(Account& account) {
  for (Account* at = &account; at; at = at->parent_) {
    if (at->work_++ > 0 || !at->parent_) continue;
    at->counter_ = std::max(at->counter_, at->parent_->now_);
    at->parent_->busy_.push_back(at);
    if (at->depth_ == 1) sum_busy_weight();
  }
}

void FairShare::leave(Account& account) {
  for (Account* at = &account; at; at = at->parent_) {
    if (--at->work_ > 0 || !at->parent_) continue;
    std::erase(at->parent_->busy_, at);
    if (at->depth_ == 1) sum_busy_weight();
  }
}

void FairShare::charge(Account& account, double service) {
  for (Account* at = &account; at->parent_; at = at->parent_) {
    at->counter_ += service / at->weight_;
    // The least counter among those with work: where somebody who comes back is put.
    double least = at->counter_;
    for (const Account* sibling : at->parent_->busy_) least = std::min(least, sibling->counter_);
    at->parent_->now_ = std::max(at->parent_->now_, least);
  }
}

bool FairShare::before(const Account& a, const Account& b) {
  const Account *x = &a, *y = &b;
  while (x->parent_ != y->parent_) {  // both are keys, equally deep
    x = x->parent_;
    y = y->parent_;
  }
  return x->counter_ < y->counter_;
}

const FairShare::Account& FairShare::tenant_of(const Account& account) {
  const Account* at = &account;
  while (at->depth_ > 1) at = at->parent_;
  return *at;
}

double FairShare::served(const Account& account) { return tenant_of(account).counter_; }

double FairShare::weight_of(std::string_view tenant, std::string_view project) const {
  for (const FairWeight& one : weights_) {
    if (one.tenant == tenant && one.project == project) return one.weight;
  }
  return 1;
}

// Anew each time: what is added and taken off again leaves the rounding behind.
void FairShare::sum_busy_weight() {
  busy_weight_ = 0;
  for (const Account* tenant : root_->busy_) busy_weight_ += tenant->weight_;
}

const FairShare::Account* FairShare::known(const Principal& payer) const {
  auto found = root_->children_.find(payer.tenant);
  return found == root_->children_.end() ? nullptr : found->second.get();
}

double FairShare::weight_of(const Principal& payer) const {
  const Account* tenant = known(payer);
  return tenant ? tenant->weight_ : weight_of(payer.tenant_name, "");
}

double FairShare::busy_weight_with(const Principal& payer) const {
  const Account* tenant = known(payer);
  return busy_weight_ + (tenant && tenant->work_ > 0 ? 0 : weight_of(payer));
}

double FairShare::part_of(const Account& account) const {
  const Account& tenant = tenant_of(account);
  return tenant.weight_ / (busy_weight_ + (tenant.work_ > 0 ? 0 : tenant.weight_));
}

double FairShare::part_of(const Account& account, const Principal& beside) const {
  return tenant_of(account).weight_ / busy_weight_with(beside);
}

double FairShare::part_of(const Principal& payer) const { return weight_of(payer) / busy_weight_with(payer); }

double FairShare::ahead(const Principal& payer) const {
  const Account* tenant = known(payer);
  return tenant ? std::max(0.0, tenant->counter_ - root_->now_) : 0;
}

// What they were served is forgotten with them, which is what lifting would do when they come back.
void FairShare::forget_idle() {
  std::erase_if(root_->children_, [](const auto& child) { return child.second->work_ == 0; });
}

}  // namespace entente::local
