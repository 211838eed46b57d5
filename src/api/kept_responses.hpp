// KeptResponses: answers of /v1/responses that may be asked for again, or gone on from, for a set time.
//
// In memory, bounded in bytes: the oldest go when there is no room, and all of them with the process. Nobody sees
// another project's. Nothing is kept while `keep` is zero, which is the default. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/conversation.hpp"
#include "domain/principal.hpp"
#include "wire/openai/responses.hpp"

namespace entente::api {

struct KeptResponse {
  std::string body;  // as it was sent
  std::vector<wire::InputItem> input;
  Conversation conversation;  // all of it, the answer included; no instructions
};

class KeptResponses {
 public:
  KeptResponses(const Clock& clock, std::chrono::milliseconds keep, std::uint64_t most_bytes = 64 << 20)
      : clock_(clock), keep_(keep), most_bytes_(most_bytes) {}

  bool keeps() const { return keep_.count() > 0; }
  Instant until() const { return clock_.now() + keep_; }  // what is kept now is kept
  void keep(const std::string& id, const Principal& whose, KeptResponse response);
  std::shared_ptr<const KeptResponse> find(std::string_view id, const Principal& whose);  // null: not there
  bool remove(std::string_view id, const Principal& whose);

 private:
  struct Entry {
    std::shared_ptr<const KeptResponse> response;
    std::string project;
    std::uint64_t bytes = 0;
    Instant until{};
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  void drop(Entries::iterator entry);
  void drop_what_is_over(std::uint64_t room_for);
  Entries::iterator seek(std::string_view id, const Principal& whose);

  const Clock& clock_;
  const std::chrono::milliseconds keep_;
  const std::uint64_t most_bytes_;
  std::mutex mutex_;  // guards what follows
  Entries entries_;   // ids sort by their time of making
  std::uint64_t bytes_ = 0;
};

}  // namespace entente::api
