// ReplyDecoder: the bytes of a maker's streamed answer become Events, whatever the maker's dialect; one subclass each.
//
// feed() takes the body as it comes, cut anywhere, and appends what it means. end() is called when HTTP's body is over:
// an answer that its maker did not bring to an end is an Error then, never a clean end. An Error of either is the
// stream's last word: the maker's own error event, or bytes that are no answer (reason "bad_reply"). One task.
//
// ReplyAssembly is what all of them write into: it keeps the contract of domain/event.hpp (Started first, each choice
// finished once, Usage once and last) whatever a maker leaves out, and counts what was said.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/event.hpp"

namespace entente::wire {

class ReplyAssembly {
 public:
  // `prompt_bytes`: what the model was given, for makers that do not say what they used.
  ReplyAssembly(std::uint32_t choices, std::uint64_t prompt_bytes) : prompt_bytes_(prompt_bytes), choices_(choices) {}

  // Where the events go; set before each feeding.
  void write_into(std::vector<Event>& out) { out_ = &out; }

  void start(Started started = {});
  Result<> text(std::int64_t choice, std::string_view text, std::vector<TokenChoice> logprobs = {});
  Result<> reasoning(std::int64_t choice, std::string_view text, std::string_view signature = {});
  // `place`: the maker's own number of the call within the choice, or -1 when it gives none: then a new id is a new
  // call.
  Result<> call(std::int64_t choice, std::int64_t place, std::string_view id, std::string_view name,
                std::string_view arguments, std::string_view signature = {});
  Result<> finish(std::int64_t choice, FinishReason reason, std::string_view stop_sequence = {});
  void vector(Vector vector);
  void made(Event event);   // what is no part of a choice: a picture, sound, a judgement, …
  void usage(Usage usage);  // the last one counts

  bool all_finished() const;
  bool complete() const { return complete_; }
  // The answer is whole: finishes what the maker left open, and says the usage.
  void complete_answer();

  // What the maker said was used; else an estimate from what was said: a token is about four bytes.
  Usage usage_so_far() const;

 private:
  struct Choice {
    std::int64_t place = -1;    // of the call that runs
    std::int32_t index = -1;    // ours, from 0
    std::string id;             // of the call that runs
    bool has_arguments = true;  // of the call that runs
    bool finished = false;
  };
  Result<Choice*> at(std::int64_t choice);
  void no_arguments(std::int64_t choice, Choice& of);

  const std::uint64_t prompt_bytes_;
  std::vector<Event>* out_ = nullptr;
  std::vector<Choice> choices_;
  std::optional<Usage> usage_;
  std::uint64_t said_bytes_ = 0, deltas_ = 0;
  bool started_ = false, complete_ = false;
};

class ReplyDecoder {
 public:
  ReplyDecoder(std::uint32_t choices, std::uint64_t prompt_bytes) : assembly_(choices, prompt_bytes) {}
  virtual ~ReplyDecoder() = default;

  Result<> feed(std::string_view bytes, std::vector<Event>& out) {
    assembly_.write_into(out);
    return take(bytes);
  }
  Result<> end(std::vector<Event>& out);

  bool complete() const { return assembly_.complete(); }
  Usage usage_so_far() const { return assembly_.usage_so_far(); }

 protected:
  virtual Result<> take(std::string_view bytes) = 0;
  // The body is over and the answer not yet whole: what is made of it as a whole is made now.
  virtual Result<> at_end() { return {}; }
  // Whether an answer without its maker's last word is whole all the same.
  virtual bool may_end() const { return assembly_.all_finished(); }

  ReplyAssembly assembly_;
};

}  // namespace entente::wire
