// A store of one key whose answers are about persons, for what is erased and what is too old.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "store/test_store.hpp"

namespace entente::store {

class ErasureTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    store_ = open(Store::Role::server);
    auto key = store_->create_key({.name = "laptop"});
    ASSERT_TRUE(key);
    key_ = *key;
    tenant_ = store_->find_credential(key_.secret)->principal.tenant;
  }
  void TearDown() override {
    store_.reset();
    StoreTest::TearDown();
  }

  Intent intent_of(const std::string& request, const std::string& person) {
    Intent row = intent("att_" + request, key_, *store_);
    row.request = request;
    row.person = person;
    row.labels = {"health"};
    row.decision = {.text = R"({"person":"told-nobody"})", .candidates = {R"({"deployment":"a"})"}};
    row.at = clock_.now();
    return row;
  }
  void begin(const std::string& request, const std::string& person) {
    auto done = wait(store_->record_intent(intent_of(request, person)));
    ASSERT_TRUE(done) << done.error().message;
  }
  void end(const std::string& request) {
    auto done = wait(store_->record_outcome({.attempt = "att_" + request,
                                             .kind = OutcomeKind::answered,
                                             .error = {},
                                             .usage = {.prompt_tokens = 3, .completion_tokens = 4},
                                             .cost = {5, "EUR"},
                                             .at = clock_.now()}));
    ASSERT_TRUE(done) << done.error().message;
  }
  void answer(const std::string& request, const std::string& person) {
    begin(request, person);
    end(request);
  }
  // "": it can be read.
  std::string unreadable(const std::string& request) {
    auto found = wait(store_->sealed_attempts(request, tenant_));
    if (!found) return found.error().reason;
    return found->empty() ? "none" : "";
  }
  SubjectRow row_of(const std::string& name) {
    auto all = store_->subjects();
    EXPECT_TRUE(all);
    for (const SubjectRow& row : *all) {
      if (row.name == name && row.entries > 0) return row;
    }
    ADD_FAILURE() << "no subject " << name;
    return {};
  }
  // All that is too old by then; how many entries.
  std::size_t let_go(Instant before, const std::string& ground) {
    std::size_t entries = 0;
    for (bool done = false; !done;) {
      auto went = store_->let_go(before, ground);
      EXPECT_TRUE(went) << went.error().message;
      entries += went ? went->entries : 0;
      done = !went || went->done;
    }
    return entries;
  }
  Task<> keep(const std::string& id, const std::string& request, const std::string& person) {
    Principal who = store_->find_credential(key_.secret)->principal;
    return store_->keep_response({.id = id,
                                  .project = who.project,
                                  .request = request,
                                  .subject = subject_of(who, person),
                                  .body = "{}",
                                  .input = "[]",
                                  .conversation = "[]",
                                  .at = clock_.now(),
                                  .until = clock_.now() + std::chrono::hours(1)},
                                 1 << 20);
  }
  bool is_kept(const std::string& id) {
    Principal who = store_->find_credential(key_.secret)->principal;
    return wait(store_->kept_response(id, who.project, KeptText::body))->has_value();
  }
  std::int64_t erase(const std::string& name) {
    auto id = store_->want_erasure(row_of(name), "asked for");
    EXPECT_TRUE(id) << id.error().message;
    auto carried_out = store_->carry_out_erasures();
    EXPECT_TRUE(carried_out) << carried_out.error().message;
    auto state = store_->erasure_state(*id);
    EXPECT_TRUE(state && *state && (*state)->index);
    return *(*state)->index;
  }
  bool is_on_disk(std::string_view text) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder_)) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path(), std::ios::binary);
      if (std::string(std::istreambuf_iterator<char>(in), {}).contains(text)) return true;
    }
    return false;
  }
  void start_again() {
    store_.reset();
    store_ = open(Store::Role::server);
  }

  std::shared_ptr<Store> store_;
  CreatedKey key_;
  std::string tenant_;
};

}  // namespace entente::store
