// HeldAnswer: an answer that is heard to its end before the client hears any of it: for the small models of a cascade.
//
// It is good enough when something was said and every choice came to its end by itself or with calls of tools. A longer
// one than is held (1 MiB) goes through as it comes, from then on. One task.
#pragma once

#include <vector>

#include "gateway/sink.hpp"

namespace entente::gateway {

class HeldAnswer final : public Sink {
 public:
  explicit HeldAnswer(Sink& client) : client_(client) {}

  Task<> begin(const Answering& answering) override;
  Task<> event(const Event& event) override;
  Task<> flush() override { return shown_ ? client_.flush() : Sink::flush(); }
  Task<> keep() override { return shown_ ? client_.keep() : Sink::keep(); }
  // Of what is held nobody knows yet whether the client will hear it.
  std::optional<store::SentBody> sent(bool whole) override { return shown_ ? client_.sent(whole) : std::nullopt; }

  bool shown() const { return shown_; }
  bool said() const { return said_; }
  bool good_enough() const { return said_ && !cut_; }
  Task<> show_whole();  // all of it, to the client; when it has come to its end

 private:
  Task<> show();

  Sink& client_;
  Answering answering_;
  std::vector<Event> events_;
  std::size_t bytes_ = 0;
  bool said_ = false, cut_ = false, shown_ = false;
};

}  // namespace entente::gateway
