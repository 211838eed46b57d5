#include "wire/sse_reader.hpp"

#include <format>

#include "base/words.hpp"

namespace entente::wire {

namespace {

std::size_t end_of_line(std::string_view text) {
  std::size_t at = 0;
  for (; at + Word::size <= text.size(); at += Word::size) {
    Word word(text.data() + at);
    if (std::uint64_t ends = word.equal_to('\n') | word.equal_to('\r')) return at + Word::first(ends);
  }
  return text.find_first_of("\r\n", at);
}

}  // namespace

void SseReader::feed(std::string_view bytes) {
  if (at_ == in_.size()) {
    in_.clear();
    at_ = 0;
  } else if (at_ > 4096) {
    in_.erase(0, at_);
    at_ = 0;
  }
  in_ += bytes;
}

void SseReader::take_line(std::string_view line) {
  if (line.starts_with(':')) return;
  std::size_t colon = line.find(':');
  std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (field == "event") {
    name_ = value;
  }  // id and retry are for clients that connect again
}

Result<std::optional<SseReader::Event>> SseReader::next() {
  if (given_) {
    data_.clear();
    name_.clear();
    given_ = has_data_ = false;
  }
  while (at_ < in_.size()) {
    if (skip_line_feed_) {
      skip_line_feed_ = false;
      if (in_[at_] == '\n') {
        ++at_;
        continue;
      }
    }
    std::string_view rest = std::string_view(in_).substr(at_);
    if (at_start_) {
      constexpr std::string_view mark = "\xEF\xBB\xBF";
      if (rest.size() < mark.size() && mark.starts_with(rest)) return std::nullopt;
      at_start_ = false;
      if (rest.starts_with(mark)) {
        at_ += mark.size();
        continue;
      }
    }
    std::size_t end = end_of_line(rest);
    if (end == std::string_view::npos) {
      if (rest.size() + data_.size() > most_) break;
      return std::nullopt;
    }
    at_ += end + 1;
    skip_line_feed_ = rest[end] == '\r';
    if (end > 0) {
      take_line(rest.substr(0, end));
      if (data_.size() > most_) break;
      continue;
    }
    if (has_data_) {
      given_ = true;
      return Event{.name = name_, .data = data_};
    }
    name_.clear();
  }
  if (in_.size() - at_ + data_.size() <= most_) return std::nullopt;
  return fail({.code = ErrorCode::upstream_failed,
               .message = std::format("An event of the stream is larger than {} bytes.", most_),
               .reason = "bad_reply"});
}

}  // namespace entente::wire
