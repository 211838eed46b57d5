#include "local/text/answer_reader.hpp"

#include <algorithm>
#include <utility>

namespace entente::local {

namespace {

std::size_t blank_at_begin(std::string_view text) { return std::min(text.find_first_not_of(" \t\r\n"), text.size()); }

// The length of the longest end of `text` that begins `mark` without being all of it.
std::size_t begun_at_end(std::string_view text, std::string_view mark) {
  for (std::size_t length = std::min(text.size(), mark.size() - 1); length > 0; --length) {
    if (mark.starts_with(text.substr(text.size() - length))) return length;
  }
  return 0;
}

// How a text begins with a mark, which may have holes for ids.
struct Begun {
  enum { not_at_all, in_part, whole } how = not_at_all;  // in part: all of the text, and there is more to come
  std::size_t length = 0;                                // of the whole mark
};

Begun begun(std::string_view text, std::string_view mark) {
  std::size_t at = 0;
  for (char c : mark) {
    for (std::size_t left = c == id_hole ? id_length : 1; left > 0; --left, ++at) {
      if (at == text.size()) return {.how = Begun::in_part};
      if (c == id_hole ? !id_letters.contains(text[at]) : text[at] != c) return {};
    }
  }
  return {.how = Begun::whole, .length = at};
}

}  // namespace

AnswerReader::AnswerReader(const AnswerForm& form, bool with_tools, bool thinking)
    : form_(form), with_tools_(with_tools), at_(thinking ? At::thought : At::start) {}

void AnswerReader::say(What what, std::string bytes, std::vector<Piece>& out) {
  if (bytes.empty() && what != What::call) return;
  if (what == What::text) {
    // White space around calls and after thoughts is theirs.
    if (!said_text_ && was_call_) bytes.erase(0, blank_at_begin(bytes));
    if (bytes.empty()) return;
    said_text_ = true;
  }
  out.push_back({what, std::move(bytes)});
}

void AnswerReader::add(std::string_view bytes, std::vector<Piece>& out) {
  held_ += bytes;
  while (!held_.empty() && go_on(out)) {
  }
}

void AnswerReader::finish(std::vector<Piece>& out) {
  std::string rest = std::move(held_);
  held_.clear();
  switch (at_) {
    case At::thought: return say(What::thought, std::move(rest), out);
    case At::open: return say(What::text, form_.begin + rest, out);
    case At::after_call: return;
    case At::name:
    case At::arguments: return say(What::arguments, at_ == At::name ? std::string() : std::move(rest), out);
    default: return say(What::text, std::move(rest), out);
  }
}

// True when there may be more to do with what is held.
bool AnswerReader::go_on(std::vector<Piece>& out) {
  switch (at_) {
    case At::start:
    case At::after_thought: return begin();
    case At::thought: return read_until(form_.thought_end, What::thought, At::after_thought, out);
    case At::text:
      if (with_tools_ && !form_.begin.empty()) return read_until(form_.begin, What::text, At::open, out);
      say(What::text, std::exchange(held_, {}), out);
      return false;
    case At::open: return read_open(out);
    case At::name: return read_name(out);
    case At::arguments: return read_arguments(out);
    case At::after_call: return go_on_after_call();
  }
  return false;
}

bool AnswerReader::begin() {
  std::size_t blank = blank_at_begin(held_);
  std::string_view text = std::string_view(held_).substr(blank);
  struct Way {
    std::string_view mark;
    At then;
  };
  std::vector<Way> ways;
  if (!form_.thought_begin.empty() && at_ == At::start) ways.push_back({form_.thought_begin, At::thought});
  if (!form_.text_begin.empty()) ways.push_back({form_.text_begin, At::text});
  if (with_tools_) ways.push_back({form_.begin.empty() ? form_.open : form_.begin, At::open});
  for (const Way& way : ways) {
    Begun mark = begun(text, way.mark);
    if (mark.how == Begun::in_part) return false;
    if (mark.how == Begun::not_at_all) continue;
    bool keep = way.then == At::open && form_.begin.empty();  // read_open() wants it
    held_.erase(0, blank + (keep ? 0 : mark.length));
    at_ = way.then;
    if (at_ == At::open) was_call_ = true;
    return true;
  }
  if (at_ == At::after_thought) held_.erase(0, blank);
  if (held_.empty()) return false;
  at_ = At::text;
  return true;
}

bool AnswerReader::read_until(std::string_view mark, What what, At then, std::vector<Piece>& out) {
  std::size_t end = held_.find(mark);
  bool found = end != std::string::npos;
  std::size_t free = found ? end : held_.size() - begun_at_end(held_, mark);
  std::size_t end_of_mark = found ? free + mark.size() : 0;
  if (what == What::text) {  // white space before a call belongs to it
    std::size_t last = std::string_view(held_).substr(0, free).find_last_not_of(" \t\r\n");
    free = last == std::string::npos ? 0 : last + 1;
    if (found) was_call_ = true;
  }
  std::string said = held_.substr(0, free);
  held_.erase(0, found ? end_of_mark : free);
  say(what, std::move(said), out);
  if (found) at_ = then;
  return found;
}

bool AnswerReader::read_open(std::vector<Piece>& out) {
  Begun open = begun(held_, form_.open);
  if (open.how == Begun::in_part) return false;
  if (open.how == Begun::whole) {
    held_.erase(0, open.length);
    at_ = At::name;
    return true;
  }
  say(What::text, form_.begin, out);
  at_ = At::text;
  return true;
}

bool AnswerReader::read_name(std::vector<Piece>& out) {
  for (std::size_t end = 0; end < held_.size(); ++end) {
    Begun arguments = begun(std::string_view(held_).substr(end), form_.to_arguments);
    if (arguments.how == Begun::not_at_all) continue;
    if (arguments.how == Begun::in_part) return false;
    say(What::call, held_.substr(0, end), out);
    held_.erase(0, end + arguments.length);
    at_ = At::arguments;
    depth_ = 0;
    return true;
  }
  return false;
}

// One JSON object; its end is where its last brace closes.
bool AnswerReader::read_arguments(std::vector<Piece>& out) {
  for (std::size_t i = 0; i < held_.size(); ++i) {
    char c = held_[i];
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      continue;
    }
    if (c == '"') in_string_ = true;
    if (c == '{' || c == '[') ++depth_;
    if ((c == '}' || c == ']') && --depth_ <= 0) {
      say(What::arguments, held_.substr(0, i + 1), out);
      held_.erase(0, i + 1);
      at_ = At::after_call;
      return true;
    }
  }
  say(What::arguments, std::exchange(held_, {}), out);
  return false;
}

bool AnswerReader::go_on_after_call() {
  Begun next = form_.can_call_again() ? begun(held_, form_.next) : Begun(), end = begun(held_, form_.end);
  if (next.how == Begun::whole) {
    held_.erase(0, next.length);
    at_ = At::name;
    return true;
  }
  if (next.how == Begun::in_part || end.how == Begun::in_part) return false;
  held_.erase(0, end.length);
  at_ = At::text;
  said_text_ = false;
  return true;
}

}  // namespace entente::local
