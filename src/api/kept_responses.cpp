#include "api/kept_responses.hpp"

namespace entente::api {

namespace {

std::uint64_t size_of(const KeptResponse& response) {
  std::uint64_t bytes = response.body.size() + bytes_of(response.conversation);
  for (const wire::InputItem& item : response.input) bytes += item.json.size() + item.id.size();
  for (const Message& message : response.conversation) {
    for (const Part& part : message.parts) {
      if (auto* image = std::get_if<ImagePart>(&part)) bytes += image->bytes.size();
    }
  }
  return bytes + 1024;  // what holds it
}

}  // namespace

void KeptResponses::keep(const std::string& id, const Principal& whose, KeptResponse response) {
  if (!keeps()) return;
  std::uint64_t bytes = size_of(response);
  if (bytes > most_bytes_) return;
  std::lock_guard lock(mutex_);
  drop_what_is_over(bytes);
  entries_[id] = {.response = std::make_shared<const KeptResponse>(std::move(response)),
                  .project = whose.project,
                  .bytes = bytes,
                  .until = until()};
  bytes_ += bytes;
}

std::shared_ptr<const KeptResponse> KeptResponses::find(std::string_view id, const Principal& whose) {
  std::lock_guard lock(mutex_);
  drop_what_is_over(0);
  auto entry = seek(id, whose);
  return entry == entries_.end() ? nullptr : entry->second.response;
}

bool KeptResponses::remove(std::string_view id, const Principal& whose) {
  std::lock_guard lock(mutex_);
  auto entry = seek(id, whose);
  if (entry == entries_.end()) return false;
  drop(entry);
  return true;
}

KeptResponses::Entries::iterator KeptResponses::seek(std::string_view id, const Principal& whose) {
  auto entry = entries_.find(id);
  return entry != entries_.end() && entry->second.project == whose.project ? entry : entries_.end();
}

void KeptResponses::drop(Entries::iterator entry) {
  bytes_ -= entry->second.bytes;
  entries_.erase(entry);
}

void KeptResponses::drop_what_is_over(std::uint64_t room_for) {
  Instant now = clock_.now();
  while (!entries_.empty() && (entries_.begin()->second.until <= now || bytes_ + room_for > most_bytes_)) {
    drop(entries_.begin());
  }
}

}  // namespace entente::api
